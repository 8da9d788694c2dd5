"""In CI the base branch's policy rules, as GitHub names it: a change cannot excuse itself."""

import json
from pathlib import Path

import pytest

from lockstep import config as configuration
from lockstep.config import Config, Thresholds
from lockstep.engine import policies
from lockstep.engine.policies import Ruling
from lockstep.errors import ConfigError
from lockstep.host.git import Git
from tests.engine.running import machine
from tests.workspace.repositories import Repository

FINGERPRINT = "a" * 64
WAIVER = f"""
[[waiver]]
gate = "lint"
fingerprint = "{FINGERPRINT}"
owner = "@shop/lamps"
reason = "the import is a registration"
expires = 2026-12-20
"""
LENIENT = "[thresholds]\nlines = 10\nbranches = 99\n[gates.lint.unavailable]\nreason = 'x'\nexpires = 2027-01-01\n"


@pytest.fixture
def upstream(tmp_path: Path) -> Repository:
    made = Repository.new(tmp_path / "upstream")
    made.commit({"a.txt": "a\n"})
    return made


def clone(upstream: Repository) -> Repository:
    """Clone upstream and stand on a branch of its own."""
    upstream.git("clone", "-q", str(upstream.root), "../clone")
    made = Repository(upstream.root.parent / "clone")
    made.git("switch", "-q", "-c", "change")
    return made


def ruling(repo: Repository, **environ: str) -> Ruling:
    host = machine(repo.root / "store", **environ)
    return policies.load(host, Git(repo.root, host.processes, host.environ), repo.root, configuration.load(repo.root))


def test_a_developer_is_judged_by_the_tree(upstream: Repository) -> None:
    repo = clone(upstream)
    repo.write({"lockstep.toml": LENIENT, "waivers.toml": WAIVER})
    found = ruling(repo)
    assert (found.ci, found.base, found.note) == (False, "", "")
    assert found.config.thresholds == Thresholds(10, 99)
    assert [waiver.fingerprint for waiver in found.waivers.items] == [FINGERPRINT]


def test_in_ci_the_base_branch_rules(upstream: Repository) -> None:
    base = upstream.commit({"lockstep.toml": "[thresholds]\nlines = 70\n", "waivers.toml": WAIVER})
    repo = clone(upstream)
    repo.commit({"lockstep.toml": LENIENT})
    found = ruling(repo, CI="true")
    assert (found.ci, found.base, found.note) == (True, base, "")
    assert found.config.thresholds == Thresholds(70)
    assert found.config.gates == {}
    assert [waiver.fingerprint for waiver in found.waivers.items] == [FINGERPRINT]


@pytest.mark.parametrize("there", [{}, {"lockstep.toml": "", "waivers.toml": ""}])
def test_a_base_that_says_nothing_means_the_defaults(upstream: Repository, there: dict[str, str | bytes]) -> None:
    upstream.commit(there)
    repo = clone(upstream)
    repo.commit({"lockstep.toml": LENIENT, "waivers.toml": WAIVER})
    found = ruling(repo, CI="true")
    assert (found.config, found.waivers.items) == (Config(), ())


def test_without_the_base_nothing_lenient_counts_and_the_note_says_so(upstream: Repository) -> None:
    own = '[component."."]\nthresholds = { lines = 95, branches = 2 }\n'
    upstream.commit({"lockstep.toml": LENIENT + own, "waivers.toml": WAIVER})
    found = ruling(upstream, CI="1")
    assert (found.base, found.waivers.items, found.config.gates) == ("", (), {})
    assert found.config.thresholds == Thresholds(85, 99)
    assert found.config.component["."].thresholds == Thresholds(95, 80)
    assert found.note.startswith("origin/main is not in this clone: no waiver")


def test_the_base_of_a_pull_request_is_githubs_whatever_the_change_says(upstream: Repository) -> None:
    upstream.git("branch", "release/1")
    upstream.commit({"lockstep.toml": "[thresholds]\nlines = 70\n"})
    repo = clone(upstream)
    repo.commit({"lockstep.toml": '[repository]\nbase = "HEAD"\n' + LENIENT})
    assert ruling(repo, CI="true", GITHUB_BASE_REF="main").config.thresholds == Thresholds(70)
    assert ruling(repo, CI="true", GITHUB_BASE_REF="release/1").config == Config()
    assert "origin/gone is not in this clone" in ruling(repo, CI="true", GITHUB_BASE_REF="gone").note


def pushed(repo: Repository, event: object) -> Ruling:
    path = repo.root.parent / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    return ruling(repo, CI="true", GITHUB_EVENT_PATH=str(path))


def test_the_base_of_a_push_is_what_the_default_branch_names(upstream: Repository) -> None:
    upstream.git("switch", "-q", "-c", "develop")
    develop = upstream.commit({"lockstep.toml": "[thresholds]\nlines = 60\n"})
    upstream.git("switch", "-q", "main")
    upstream.commit({"lockstep.toml": '[repository]\nbase = "origin/develop"\n'})
    repo = clone(upstream)
    repo.commit({"lockstep.toml": '[repository]\nbase = "HEAD"\n' + LENIENT})
    found = pushed(repo, {"ref": "refs/heads/change", "repository": {"default_branch": "main"}})
    assert (found.base, found.config.thresholds) == (develop, Thresholds(60))


@pytest.mark.parametrize("broken", [None, "[thresholds]\nlinse = 1\n"])
def test_a_default_branch_that_names_no_base_is_the_base(upstream: Repository, broken: str | None) -> None:
    upstream.git("branch", "-m", "main", "trunk")
    if broken is not None:
        upstream.commit({"lockstep.toml": broken})
    repo = clone(upstream)
    repo.commit({"lockstep.toml": '[repository]\nbase = "HEAD"\n' + LENIENT})
    found = pushed(repo, {"repository": {"default_branch": "trunk"}})
    assert found.config.thresholds == Thresholds(85, 80 if broken is None else 99)
    assert ("origin/trunk:lockstep.toml:2: " in found.note) == (broken is not None)


@pytest.mark.parametrize("event", [{}, {"repository": {"default_branch": 3}}, []])
def test_an_event_that_tells_nothing_leaves_the_configured_base(upstream: Repository, event: object) -> None:
    base = upstream.git("rev-parse", "HEAD")
    assert pushed(clone(upstream), event).base == base


def test_a_base_that_cannot_be_meant_vouches_for_nothing_and_can_be_mended(upstream: Repository) -> None:
    upstream.commit({"waivers.toml": "[[waiver]]\nowner = 3\n"})
    repo = clone(upstream)
    with pytest.raises(ConfigError):
        ruling(repo, CI="true")
    repo.commit({"waivers.toml": ""})
    found = ruling(repo, CI="true")
    assert (found.base, found.config) == ("", Config())
    assert found.note.startswith("origin/main:waivers.toml:")


def test_flaky_marks_are_the_bases_in_ci_and_the_trees_elsewhere(upstream: Repository) -> None:
    marked = 'import pytest\n\n@pytest.mark.flaky(ticket="LAMP-1", since="2026-11-20")\ndef test_a():\n    pass\n'
    upstream.commit({"tests/test_a.py": marked})
    repo = clone(upstream)
    repo.write({"tests/test_b.py": marked})
    git = repo.handle
    assert policies.base_marks(git, ruling(repo), ["tests/test_a.py"]) is None
    marks = policies.base_marks(git, ruling(repo, CI="true"), ["tests/test_b.py", "tests/test_a.py"])
    assert marks is not None
    assert {path: len(found) for path, found in marks.items()} == {"tests/test_a.py": 1, "tests/test_b.py": 0}
    nothing = policies.base_marks(git, ruling(repo, CI="true", GITHUB_BASE_REF="gone"), ["tests/test_a.py"])
    assert nothing is not None
    assert not any(nothing.values())
