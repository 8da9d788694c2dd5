"""Which lock decides for a component, and whether it is in step with its manifest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.toolchain import locks
from lockstep.toolchain.locks import How, Source
from tests.workspace.repositories import Repository

MANIFEST = """[project]
name = "Shop_Orders"
version = "1"
dependencies = ["plum[fast] >= 1, <2", "pear"]
[project.optional-dependencies]
fast = ["quince~=3.0 ; python_version > '3'"]
[dependency-groups]
dev = ["fig", { include-group = "Lint" }]
lint = ["grape==4", { include-group = "dev" }]
"""
LOCK = """version = 1
[manifest]
members = ["shop-orders", "shop-lib"]

[[package]]
name = "shop-orders"
[package.metadata]
requires-dist = [
  { name = "plum", extras = ["fast"], specifier = "<2,>=1" },
  { name = "pear" },
  { name = "quince", marker = "extra == 'fast'", specifier = "~=3.0" },
]
[package.metadata.requires-dev]
dev = [{ name = "fig" }, { name = "grape", specifier = "==4" }]
lint = [{ name = "grape", specifier = "==4" }, { name = "fig" }]
"""


def _governing(repo: Repository, files: dict[str, str | bytes], config: str = "") -> Source:
    repo.write({"services/orders/pyproject.toml": MANIFEST, **files})
    found = repo.read(config)
    return locks.governing(found, repo.config(config), found.by_name("services/orders"))


@pytest.fixture
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository.new(tmp_path_factory.mktemp("locks") / "repo")


@pytest.mark.parametrize(
    ("files", "how", "folder", "member"),
    [
        ({}, How.BARE, ".", ""),
        ({"uv.lock": LOCK}, How.UV, ".", "services/orders"),
        ({"services/orders/uv.lock": LOCK, "uv.lock": LOCK}, How.UV, "services/orders", ""),
        ({"services/orders/poetry.lock": "", "uv.lock": LOCK}, How.POETRY, "services/orders", ""),
        ({"services/orders/requirements.txt": "plum"}, How.REQUIREMENTS, "services/orders", ""),
        ({"services/orders/requirements-dev.txt": "plum"}, How.REQUIREMENTS, "services/orders", ""),
        ({"services/orders/requirements/dev.txt": "plum"}, How.REQUIREMENTS, "services/orders", ""),
        ({"services/orders/requirements/deep/dev.txt": "plum"}, How.BARE, ".", ""),
        ({"services/orders/notes.txt": "plum"}, How.BARE, ".", ""),
        ({"requirements.txt": "plum"}, How.REQUIREMENTS, ".", ""),
        ({"services/orders/requirements.txt": "plum", "uv.lock": LOCK}, How.UV, ".", "services/orders"),
        ({"services/orders/requirements.txt": "plum", "uv.lock": ""}, How.REQUIREMENTS, "services/orders", ""),
    ],
)
def test_the_nearest_lock_decides(
    repo: Repository, files: dict[str, str | bytes], how: How, folder: str, member: str
) -> None:
    found = _governing(repo, files)
    assert (found.how, found.folder, found.member) == (how, folder, member)


def test_requirements_that_lockstep_toml_names_decide_alone(repo: Repository) -> None:
    files: dict[str, str | bytes] = {
        "services/orders/requirements-docs.txt": "pear\n",
        "services/orders/requirements-tests.txt": "plum\n-r ../../base.txt\n",
        "base.txt": "fig\n",
        "uv.lock": LOCK,
    }
    own = '[component."services/orders"]\nrequirements = ["requirements-tests.txt", "gone.txt"]\n'
    found = _governing(repo, files, own)
    assert (found.how, found.folder) == (How.REQUIREMENTS, "services/orders")
    assert found.pinned.lines == ("plum", "fig")
    assert found.pinned.missing == ("services/orders/gone.txt",)


def test_all_that_requirements_reach_decides(repo: Repository) -> None:
    files: dict[str, str | bytes] = {
        "services/orders/requirements.txt": "-r ../../base.txt\n-e ../../libs/python/common\n./plum-1.whl\n-r none.txt\n",
        "base.txt": "pear\n",
        "libs/python/common/pyproject.toml": "",
        "services/orders/plum-1.whl": b"zip",
    }
    found = _governing(repo, files)
    assert {entry.path for entry in found.files} == {
        "services/orders/requirements.txt",
        "base.txt",
        "services/orders/plum-1.whl",
        "libs/python/common/pyproject.toml",
    }
    assert found.pinned.missing == ("services/orders/none.txt",)


def test_a_file_that_went_away_reads_as_nothing(repo: Repository) -> None:
    assert locks.read(repo.read(), "none") == b""


def test_members_of_a_workspace_and_of_none() -> None:
    assert locks.members(LOCK.encode()) == {"shop-orders", "shop-lib"}
    several = b'[manifest]\nmembers = [\n    "a",\n    "b",\n]\n'
    constrained = b'[manifest]\nconstraints = [{ name = "x" }]\nmembers = [\n    "a",\n]\n'
    assert set(locks.members(several)) == {"a", "b"}
    assert set(locks.members(constrained)) == {"a"}
    assert locks.members(b'version = 1\n[[package]]\nname = "a"\n') == frozenset()


@pytest.mark.parametrize(
    "manifest", ["", "[project]\n", "[project]\nname = 1\n", "project = 1\n", "[project\n", "\xff"]
)
def test_a_manifest_without_a_name(manifest: str) -> None:
    assert locks.project_name(manifest.encode("latin-1")) == ""


def test_a_lock_in_step_has_no_drift() -> None:
    assert locks.drift(LOCK.encode(), MANIFEST.encode()) == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"pear"]', '"pear", "kiwi"]', "kiwi: not locked"),
        (', "pear"]', "]", "pear: locked but no longer wanted"),
        ("<2", "<3", "plum: locked for another version"),
        ("~=3.0", "~=3.1", "quince: locked for another version"),
        ('"fig"', '"fig", "lime"', "lime: not locked"),
        ('"grape==4"', '"grape==5"', "grape: locked for another version"),
        ('"pear"]', '"kiwi"]', "kiwi: not locked; pear: locked but no longer wanted"),
    ],
)
def test_what_differs_is_said(before: str, after: str, said: str) -> None:
    assert locks.drift(LOCK.encode(), MANIFEST.replace(before, after).encode()) == said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("plum[fast] >= 1, <2", "Plum[fast](<2,>=1)"),
        ('"pear"', '"PEAR"'),
        ("Shop_Orders", "shop.orders"),
        ("[dependency-groups]\ndev", "[tool.uv]\ndev-dependencies = []\n[dependency-groups]\ndev"),
        ('dependencies = ["plum[fast] >= 1, <2", "pear"]', 'dynamic = ["dependencies"]'),
        ('name = "Shop_Orders"', 'name = "unknown"'),
        ('"pear"]', '"pear", 7]'),
    ],
)
def test_another_way_of_writing_the_same_or_what_cannot_be_compared_is_no_drift(before: str, after: str) -> None:
    assert MANIFEST.replace(before, after) != MANIFEST
    assert locks.drift(LOCK.encode(), MANIFEST.replace(before, after).encode()) == ""


def test_uvs_own_development_dependencies_are_a_group() -> None:
    more = MANIFEST + '[tool.uv]\ndev-dependencies = ["lime"]\n'
    assert locks.drift(LOCK.encode(), more.encode()) == "lime: not locked"


@given(
    lock=st.sampled_from([LOCK, "", "package = 1", "[[package]]\nname = 'shop-orders'\nmetadata = 3", "[" * 5000]),
    manifest=st.sampled_from([MANIFEST, "", "[project]\nname='shop-orders'\ndependencies = 3", "x = " + "[" * 5000])
    | st.text(max_size=40),
)
def test_whatever_the_files_hold_comparing_them_ends(lock: str, manifest: str) -> None:
    assert isinstance(locks.drift(lock.encode(), manifest.encode("utf-8", "replace")), str)
    assert isinstance(locks.members(lock.encode()), frozenset)
