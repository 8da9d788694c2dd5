"""What manifests ask for and no lock file names."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Location
from lockstep.parsers import unlocked
from lockstep.parsers.lockfiles import Locked


def told(files: dict[str, str], *found: Locked) -> list[tuple[str, str, str, int]]:
    return [(each.rule, each.name, each.path, each.line) for each in unlocked.gaps(files, found)]


def npm(path: str, *names: str) -> tuple[Locked, ...]:
    return tuple(Locked("npm", name, "1.0.0", Location(path, 1)) for name in names)


def manifest(**tables: dict[str, str]) -> str:
    return json.dumps({"name": "web", "version": "1.0.0", **tables}, indent=1)


def test_a_manifest_without_a_lock_is_one_gap_that_says_how_many_packages() -> None:
    text = manifest(dependencies={"bulb": "^1"}, devDependencies={"glass": "2"})
    (gap,) = unlocked.gaps({"web/package.json": text}, ())
    assert (gap.rule, gap.name, gap.line) == ("no-lock", "bulb", 5)
    assert "bulb and 1 more" in gap.message


@pytest.mark.parametrize("lock", ["web/package-lock.json", "pnpm-lock.yaml", "yarn.lock"])
def test_the_nearest_lock_must_name_what_is_asked_for(lock: str) -> None:
    text = manifest(dependencies={"bulb": "^1"}, optionalDependencies={"glass": "2"})
    files = {"web/package.json": text, lock: ""}
    assert told(files, *npm(lock, "bulb")) == [("not-locked", "glass", "web/package.json", 8)]
    assert told(files, *npm(lock, "bulb", "glass")) == []


def test_an_alias_is_locked_under_either_name() -> None:
    files = {"package.json": manifest(dependencies={"lamp": "npm:@home/shade@^3"}), "package-lock.json": ""}
    assert told(files, *npm("package-lock.json", "@home/shade")) == []
    assert told(files, *npm("package-lock.json", "lamp")) == []
    assert [rule for rule, *_ in told(files)] == ["not-locked"]


def test_folders_repositories_and_packages_of_the_repository_are_no_third_parties_with_versions() -> None:
    wanted = {"a": "file:../a", "b": "workspace:*", "c": "git+https://git.example/c", "d": "acme/d", "part": "^1"}
    files = {"package.json": manifest(dependencies=wanted), "part/package.json": json.dumps({"name": "part"})}
    assert told(files) == []


def test_a_lock_that_nobody_reads_is_not_compared() -> None:
    assert told({"package.json": manifest(dependencies={"bulb": "1"}), "bun.lock": ""}) == []


def test_peers_are_asked_of_somebody_else() -> None:
    assert told({"package.json": manifest(peerDependencies={"bulb": "1"})}) == []


def test_examples_and_test_data_are_left_alone() -> None:
    text = manifest(dependencies={"bulb": "1"})
    assert told({"web/tests/case/package.json": text, "examples/requirements.txt": "bulb\n"}) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"dependencies": [1]}', "3"])
def test_a_manifest_that_says_nothing_asks_for_nothing(text: str) -> None:
    assert told({"package.json": text}) == []


CRATE = """\
[package]
name = "scales"

[dependencies]
own = { path = "../own" }
shared.workspace = true
weights = "2"
plates = { package = "brass-plates", version = "1" }

[target.'cfg(unix)'.dev-dependencies]
feathers = "1"

[build-dependencies.tools]
version = "1"

[workspace.dependencies]
nobody-takes-it = "1"
"""


def crates(*names: str) -> tuple[Locked, ...]:
    return tuple(Locked("cargo", name, "1.0.0", Location("Cargo.lock", 1)) for name in names)


def test_crates_must_be_named_by_the_lock_of_their_workspace() -> None:
    files = {"scales/Cargo.toml": CRATE, "Cargo.lock": ""}
    assert told(files, *crates("weights", "brass-plates", "tools", "feathers")) == []
    assert told(files, *crates("weights")) == [
        ("not-locked", "brass-plates", "scales/Cargo.toml", 8),
        ("not-locked", "tools", "scales/Cargo.toml", 13),
        ("not-locked", "feathers", "scales/Cargo.toml", 11),
    ]
    assert told({"scales/Cargo.toml": CRATE}) == [("no-lock", "weights", "scales/Cargo.toml", 7)]


def test_a_manifest_of_cargo_that_is_broken_is_left_to_cargo() -> None:
    assert told({"Cargo.toml": "[dependencies"}) == []


GO = """\
module ledger.example

require (
\tcoins.example/coins v1.2.0
\told.example/old v1.0.0
)

replace old.example/old => new.example/new v1.1.0
"""


@pytest.mark.parametrize("sums", ["a/go.sum", "go.work.sum"])
@pytest.mark.parametrize("kind", ["", "/go.mod"])
def test_modules_have_a_digest(sums: str, kind: str) -> None:
    assert told({"a/go.mod": GO}) == [("not-locked", "coins.example/coins", "a/go.mod", 4)]
    assert told({"a/go.mod": GO, sums: f"coins.example/coins v1.2.0{kind} h1:AA=\n"}) == []
    assert told({"a/go.mod": GO, sums: "coins.example/coins v1.1.0 h1:AA=\n"})


def python(path: str, name: str, version: str) -> Locked:
    return Locked("pypi", name, version, Location(path, 1))


@pytest.mark.parametrize("beside", ["jobs/constraints/requirements.txt", "jobs/uv.lock", "jobs/requirements/base.txt"])
def test_a_requirement_without_a_version_is_pinned_by_what_lies_beside_it(beside: str) -> None:
    files = {"jobs/requirements.txt": "# ours\nBulb_Holder>=1\n", beside: ""}
    loose = python("jobs/requirements.txt", "Bulb_Holder", "")
    pinned = told(files, loose, python(beside, "bulb-holder", "1.0"))
    assert pinned == (
        [] if "constraints" not in beside else [("no-version", "bulb-holder", "jobs/requirements.txt", 2)]
    )
    assert told(files, loose) == [("no-version", "bulb-holder", "jobs/requirements.txt", 2)]


def test_files_of_a_folder_of_requirements_are_pinned_by_those_above() -> None:
    files = {"requirements/base.txt": "bulb\n", "uv.lock": ""}
    assert told(files, python("requirements/base.txt", "bulb", ""), python("uv.lock", "bulb", "1.0")) == []


@given(st.sampled_from(["package.json", "Cargo.toml", "go.mod", "requirements.txt"]), st.text())
def test_no_text_raises(name: str, text: str) -> None:
    list(unlocked.gaps({name: text}, ()))
