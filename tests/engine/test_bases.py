"""What contracts are compared with: the base branch, the last commit, releases; and what an owner's approval does."""

from pathlib import Path

import msgspec
import pytest

from lockstep.contracts.files import LARGEST
from lockstep.engine.bases import Bases, top
from lockstep.errors import WorkspaceError
from lockstep.gates.contract_checks import GATE
from lockstep.host.git import Git
from lockstep.model.component import Component, Kind
from lockstep.model.record import RunRecord
from tests.engine.running import git, machine, repository, run, verdicts, write

EVENTS = msgspec.structs.replace(GATE, checks=GATE.checks[1:])
MADE = Component("schemas/events/made", "schemas/events/made", Kind.EVENT_SCHEMA)
FIRST = '{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}\n'
BREAKING = FIRST.replace('["a"]', '["a", "b"]')
PATH = "schemas/events/made/1.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {PATH: FIRST, "schemas/README.md": "x", "other/big.json": "{}"})


def bases(root: Path, ref: str = "origin/main", *, ci: bool = False, mode: str = "BACKWARD") -> Bases:
    asked = Git(root, machine(root.parent / "store").processes, {"PATH": "/usr/bin:/bin"})
    return Bases(asked, ref, root / ".lockstep", {MADE.name: mode}, head=asked.commit_of("HEAD"), ci=ci)


def files(place: str) -> dict[str, str]:
    return {path.relative_to(place).as_posix(): path.read_text() for path in Path(place).rglob("*") if path.is_file()}


def test_without_a_remote_the_last_commit_is_the_base(root: Path) -> None:
    write(root, {PATH: BREAKING})
    token = bases(root).base(MADE)
    assert files(token.place) == {"events/made/1.json": FIRST}
    assert token.digest == git(root, "rev-parse", "HEAD:schemas")


def test_the_base_is_where_the_branch_left(root: Path) -> None:
    git(root, "checkout", "--quiet", "-b", "feature")
    write(root, {PATH: BREAKING})
    git(root, "commit", "--quiet", "--all", "--message", "mine")
    git(root, "checkout", "--quiet", "main")
    write(root, {"schemas/events/theirs/1.json": FIRST})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "theirs")
    git(root, "checkout", "--quiet", "feature")
    assert files(bases(root, "main").base(MADE).place) == {"events/made/1.json": FIRST}


def test_without_a_commit_or_the_folder_there_is_nothing_to_compare_with(root: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    assert bases(empty).base(MADE).place == ""
    assert bases(root).base(Component("new/events", "new/events", Kind.EVENT_SCHEMA)).place == ""


def test_a_base_that_is_not_in_the_clone_is_not_replaced(root: Path) -> None:
    with pytest.raises(WorkspaceError, match="origin/main is not in this clone"):
        bases(root, ci=True).base(MADE)
    git(root, "remote", "add", "origin", "/nowhere")
    with pytest.raises(WorkspaceError) as caught:
        bases(root).base(MADE)
    assert caught.value.remedy == (
        "git fetch origin main; where the branch is another, name it as base of [repository] in lockstep.toml"
    )


def test_histories_without_a_common_commit_are_an_error(root: Path) -> None:
    git(root, "checkout", "--quiet", "--orphan", "apart")
    git(root, "commit", "--quiet", "--message", "apart")
    with pytest.raises(WorkspaceError, match="no common commit"):
        bases(root, "main").base(MADE)


def test_releases_are_asked_for_in_transitive_modes_alone(root: Path) -> None:
    git(root, "tag", "v1")
    git(root, "tag", "v1-again")
    write(root, {PATH: BREAKING})
    git(root, "commit", "--quiet", "--all", "--message", "second")
    git(root, "tag", "v2")
    assert bases(root).releases(MADE).place == ""
    listed = Path(bases(root, mode="FULL_TRANSITIVE").releases(MADE).place).read_text().splitlines()
    assert [files(folder)["events/made/1.json"] for folder in listed] == [FIRST, BREAKING]


def test_binary_files_links_and_odd_names_are_no_trouble(root: Path) -> None:
    (root / "schemas/events/made/ü 1.json").write_bytes(b"\x00\xff\n\n")
    (root / "schemas/link.json").symlink_to("events/made/1.json")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "odd")
    place = Path(bases(root).base(MADE).place)
    assert (place / "events/made/ü 1.json").read_bytes() == b"\x00\xff\n\n"
    assert not (place / "link.json").exists()


def test_a_break_in_the_last_of_many_large_files_is_found(root: Path) -> None:
    filled = '{"description": "' + "x" * 15_000_000 + '"}\n'
    write(root, {f"schemas/archive/{name}.json": filled + " " * name for name in range(5)})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "large")
    write(root, {PATH: BREAKING})
    record = run(root, EVENTS)
    assert (verdicts(record), reason(record)) == ({"contract-checks": "failed"}, "needs approval: 1 finding")


def test_what_is_too_large_to_be_read_is_not_taken_as_new(root: Path) -> None:
    write(root, {PATH: FIRST + " " * LARGEST})
    git(root, "commit", "--quiet", "--all", "--message", "too large")
    write(root, {PATH: FIRST})
    record = run(root, EVENTS)
    assert verdicts(record) == {"contract-checks": "failed"}
    assert "it is larger than 16 MiB" in record.gates[0].findings[0].message


@pytest.mark.parametrize(("path", "folder"), [(".", ""), ("schemas", "schemas"), ("schemas/events/a", "schemas")])
def test_the_top_folder(path: str, folder: str) -> None:
    assert top(path) == folder


# Through a run.


def reason(record: RunRecord) -> str:
    return record.gates[0].reason


def test_a_breaking_change_needs_approval_and_fails(root: Path) -> None:
    assert verdicts(run(root, EVENTS)) == {"contract-checks": "passed"}
    write(root, {PATH: BREAKING})
    record = run(root, EVENTS)
    assert (verdicts(record), reason(record)) == ({"contract-checks": "failed"}, "needs approval: 1 finding")
    assert record.gates[0].findings[0].location.path == PATH


def test_what_an_owner_approved_is_accepted_by_name(root: Path) -> None:
    write(root, {PATH: BREAKING})
    asked: list[str] = []

    def approver(_: object) -> object:
        return lambda path: asked.append(path) or "@ada"  # type: ignore[func-returns-value]

    record = run(root, EVENTS, approver=approver)
    assert verdicts(record) == {"contract-checks": "passed"}
    assert [(each.owner, each.finding.rule) for each in record.gates[0].waived] == [("@ada", "required-property-added")]
    assert asked == [PATH]


def test_another_base_is_another_key(root: Path) -> None:
    write(root, {PATH: BREAKING})
    assert verdicts(run(root, EVENTS)) == {"contract-checks": "failed"}
    git(root, "commit", "--quiet", "--all", "--message", "accepted")
    assert verdicts(run(root, EVENTS)) == {"contract-checks": "passed"}


def test_a_base_that_cannot_be_had_is_unavailable(root: Path) -> None:
    git(root, "remote", "add", "origin", "/nowhere")
    record = run(root, EVENTS)
    assert verdicts(record) == {"contract-checks": "unavailable"}
    assert "origin/main is not in this clone" in reason(record)


def test_the_mode_of_a_component_is_its_own(root: Path) -> None:
    write(root, {PATH: FIRST.replace('"required": ["a"], ', "")})
    assert verdicts(run(root, EVENTS)) == {"contract-checks": "passed"}
    write(root, {"lockstep.toml": '[component."schemas/events/made".contracts]\nmode = "FULL"\n'})
    assert verdicts(run(root, EVENTS)) == {"contract-checks": "failed"}
