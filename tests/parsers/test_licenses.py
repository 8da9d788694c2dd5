"""What was collected of licences, judged."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.component import Component, Kind
from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import licenses

SHOP = Component("services/shop", "services/shop", Kind.SERVICE, python=True)
ALLOW = ["MIT", "BSD-3-Clause", "Apache-2.0"]
MANIFEST = {"services/shop/pyproject.toml": '[project]\nname = "shop"\n'}
LOCK = {
    "uv.lock": '[[package]]\nname = "bulb"\nversion = "1.0"\n\n[[package]]\nname = "checker"\nversion = "9"\n\n'
    '[[package]]\nname = "shop"\nversion = "0"\ndependencies = [{ name = "bulb" }]\n'
}


def collected(**parts: object) -> bytes:
    whole = {"policy": {"allow": ALLOW}, "files": {}, "distributions": [], "modules": []}
    return json.dumps(whole | parts).encode()


def python(*distributions: object, files: dict[str, str] | None = None, **policy: Any) -> Report:  # noqa: ANN401 - JSON
    given = {"allow": ALLOW} | policy
    files = MANIFEST | LOCK if files is None else files
    return licenses.python(collected(policy=given, files=files, distributions=distributions), SHOP)


def distribution(name: str = "bulb", version: str = "1.0", **said: Any) -> dict[str, object]:  # noqa: ANN401 - JSON
    return {"name": name, "version": version} | said


def messages(report: Report) -> list[str]:
    assert report.problem == ""
    return [finding.message for finding in report.findings]


def test_a_licence_that_is_not_listed_is_a_finding_at_the_lock() -> None:
    assert python(distribution(expression="GPL-3.0-or-later")).findings == (
        Finding(
            tool="lockstep",
            rule="not-allowed:GPL-3.0-or-later",
            message="bulb 1.0 is under GPL-3.0-or-later, which [licenses] does not allow",
            location=Location("uv.lock", 2),
            anchor="bulb",
        ),
    )


@pytest.mark.parametrize(
    "said",
    [
        {"expression": "MIT OR GPL-3.0-only"},
        {"classifiers": ["License :: OSI Approved :: MIT License"]},
        {
            "classifiers": [
                "License :: OSI Approved :: BSD License",
                "License :: OSI Approved :: Apache Software License",
            ]
        },
        {"classifiers": ["License :: OSI Approved"], "licence": "BSD 3-Clause"},
        {"licence": "MIT\n\nCopyright (c) Ada"},
        {"expression": "MIT", "classifiers": ["License :: OSI Approved :: ISC License (ISCL)"], "licence": "GPL"},
    ],
)
def test_every_way_of_saying_what_is_allowed(said: dict[str, Any]) -> None:
    assert python(distribution(**said)) == Report()


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (
            {"classifiers": ["License :: OSI Approved :: GNU General Public License v3 (GPLv3)"]},
            "not-allowed:GPL-3.0-only",
        ),
        (
            {
                "classifiers": [
                    "License :: OSI Approved :: MIT License",
                    "License :: OSI Approved :: ISC License (ISCL)",
                ]
            },
            "not-allowed:MIT AND ISC",
        ),
        ({"classifiers": ["License :: OSI Approved :: ISC License (ISCL)"], "licence": "MIT"}, "not-allowed:ISC"),
        ({"expression": "MIT AND GPL-3.0-only"}, "not-allowed:MIT AND GPL-3.0-only"),
        ({"expression": "MIT OR"}, "unknown"),
        ({"expression": "Custom"}, "unknown"),
        ({"licence": "see the file LICENSE"}, "unknown"),
        ({"classifiers": ["License :: Other/Proprietary License"]}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_every_way_of_saying_what_is_not(said: dict[str, Any], rule: str) -> None:
    assert [finding.rule for finding in python(distribution(**said)).findings] == [rule]


def test_what_is_not_understood_is_quoted_shortly() -> None:
    (message,) = messages(python(distribution(licence="all rights reserved, " * 20)))
    assert message.startswith("bulb 1.0 says 'all rights reserved, all rights")
    assert len(message) < 130
    assert messages(python(distribution())) == ["bulb 1.0 does not say under which licence it is"]


def test_what_only_development_needs_may_be_under_more() -> None:
    said = {"expression": "GPL-3.0-only"}
    both = (distribution(**said), distribution("checker", "9", **said))
    assert [each.anchor for each in python(*both).findings] == ["bulb", "checker"]
    assert [each.anchor for each in python(*both, development=["GPL-3.0-only"]).findings] == ["bulb"]


def test_the_policy_may_say_the_licence_of_a_package() -> None:
    assert python(distribution("Some_Bulb"), packages=[("some.bulb", "MIT")]) == Report()
    (finding,) = python(distribution(expression="MIT"), packages=[("bulb", "ISC")]).findings
    assert finding.rule == "not-allowed:ISC"


def test_the_component_itself_is_no_third_party() -> None:
    assert python(distribution("shop", "0")) == Report()


@pytest.mark.parametrize(
    ("files", "location"),
    [
        (
            MANIFEST | {"services/shop/requirements.txt": "glass\nbulb==1.0\n"} | LOCK,
            Location("services/shop/requirements.txt", 2),
        ),
        (MANIFEST | {"services/shop/requirements.txt": "glass\n"} | LOCK, Location("uv.lock", 2)),
        (MANIFEST | {"requirements.txt": "glass\n"}, Location("requirements.txt")),
        (MANIFEST, Location("services/shop/pyproject.toml")),
        ({}, Location("services/shop")),
    ],
)
def test_the_nearest_lock_that_names_it_is_the_place(files: dict[str, str], location: Location) -> None:
    (finding,) = python(distribution(expression="ISC"), files=files).findings
    assert finding.location == location


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"allow": ["MTI"]}, "[licenses] allow in lockstep.toml says 'MTI'"),
        ({"development": ["GPL"], "allow": ["MIT AND"]}, "allow in lockstep.toml says 'MIT AND'"),
        ({"development": ["nonsense"]}, "[licenses] development in lockstep.toml says 'nonsense'"),
        ({"packages": [("bulb", "free")]}, "[licenses.packages] bulb in lockstep.toml says 'free'"),
    ],
)
def test_a_policy_that_spdx_does_not_know_is_a_problem(policy: dict[str, Any], words: str) -> None:
    assert words in python(**policy).problem


def npm(*entries: object, **more: object) -> Report:
    packages = {"": {"name": "web"}, "lib": {"name": "own"}, "node_modules/own": {"link": True, "resolved": "lib"}}
    packages |= {f"node_modules/{number}/node_modules/@a/b": entry for number, entry in enumerate(entries)}
    text = json.dumps({"lockfileVersion": 3, "packages": packages} | more, indent=2)
    return licenses.node(
        collected(files={"web/package-lock.json": text}, policy={"allow": ALLOW, "development": ["ISC"]})
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"version": "1", "license": "MIT"},
        {"version": "1", "license": "(MIT OR ISC)"},
        {"version": "1", "license": {"type": "MIT", "url": "https://bulb.example"}},
        {"version": "1", "licenses": [{"type": "ISC"}, {"type": "MIT"}]},
        {"version": "1", "license": "ISC", "dev": True},
    ],
)
def test_npm_locks_say_what_is_allowed(entry: object) -> None:
    assert npm(entry) == Report()


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ({"version": "1", "license": "ISC"}, "not-allowed:ISC"),
        ({"version": "1", "license": "ISC", "devOptional": True}, "not-allowed:ISC"),
        ({"version": "1", "license": "SEE LICENSE IN TERMS.md"}, "unknown"),
        ({"version": "1", "license": "UNLICENSED"}, "unknown"),
        ({"version": "1", "license": 3}, "unknown"),
        ({"version": "1"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_npm_locks_say_what_is_not(entry: object, rule: str) -> None:
    (finding,) = npm({"version": "1", "license": "MIT"}, entry).findings
    assert (finding.rule, finding.anchor) == (rule, "@a/b")
    assert finding.location == Location("web/package-lock.json", 18)


def test_an_old_npm_lock_says_nothing() -> None:
    text = json.dumps({"lockfileVersion": 1, "dependencies": {"bulb": {"version": "1.0"}}})
    (finding,) = licenses.node(collected(files={"package-lock.json": text})).findings
    assert (finding.rule, finding.location) == ("unknown", Location("package-lock.json", 1))
    empty = json.dumps({"lockfileVersion": 1})
    assert licenses.node(collected(files={"package-lock.json": empty})) == Report()


YARN = 'bulb@^1.0.0:\n  version "1.0.0"\n\nglass@1:\n  version "1.0.0"\n'


def yarn(*modules: dict[str, str]) -> Report:
    return licenses.node(
        collected(files={"web/yarn.lock": YARN}, modules=[{"lock": "web/yarn.lock"} | each for each in modules])
    )


def test_installed_packages_tell_what_other_locks_do_not() -> None:
    glass = {"name": "glass", "version": "1.0.0", "license": "MIT"}
    assert yarn(glass, {"name": "bulb", "version": "1.0.0", "license": "MIT"}) == Report()
    (finding,) = yarn(glass, {"name": "bulb", "version": "1.0.0", "license": "ISC"}).findings
    assert (finding.rule, finding.location) == ("not-allowed:ISC", Location("web/yarn.lock", 1))


def test_what_is_not_installed_is_lacking_and_hides_nothing() -> None:
    report = yarn({"name": "bulb", "version": "1.0.0", "license": "ISC"})
    assert len(report.findings) == 1
    assert report.lacking == "web/yarn.lock says nothing of licences, and not installed beside it are glass 1.0.0"
    assert "bulb 1.0.0, glass 1.0.0" in yarn({"name": "bulb", "version": "0.9.0", "license": "MIT"}).lacking


GO = "module x\n\nrequire bulb.example/b v1.0.0\n\nrequire (\n\tglass.example/g v2.0.0 // indirect\n)\n"


def others(path: str, text: str, **packages: str) -> Report:
    return licenses.others(collected(files={path: text}, policy={"allow": ALLOW, "packages": list(packages.items())}))


def test_third_parties_of_which_nothing_tells_are_lacking() -> None:
    assert others("a/go.mod", GO, **{"bulb.example/b": "MIT"}) == Report(
        lacking="a/go.mod says nothing of licences, and [licenses.packages] not of glass.example/g v2.0.0"
    )
    assert others("pom.xml", "<dependency>").lacking == "Lockstep cannot tell the licences behind pom.xml"


@pytest.mark.parametrize("path", ["go.mod", "Cargo.lock", "pom.xml", "Gemfile.lock", "composer.lock", "bun.lock"])
def test_files_that_bring_nothing_in_lack_nothing(path: str) -> None:
    assert others(path, "") == Report()


def test_the_policy_may_speak_for_all_of_them() -> None:
    report = others("go.mod", GO, **{"bulb.example/b": "MIT", "glass.example/g": "ISC"})
    assert report.lacking == ""
    assert [(each.rule, each.location.line) for each in report.findings] == [("not-allowed:ISC", 6)]


@given(st.binary() | st.integers(0, 200).map(lambda size: collected(files=LOCK)[:size]))
def test_any_bytes_are_answered(data: bytes) -> None:
    for report in (licenses.python(data, SHOP), licenses.node(data), licenses.others(data)):
        assert report.problem


@given(st.dictionaries(st.sampled_from(licenses.NODE), st.text()))
def test_locks_of_any_text_are_answered(files: dict[str, str]) -> None:
    assert isinstance(licenses.node(collected(files=files)), Report)


@given(st.text(), st.text(), st.lists(st.text()))
def test_metadata_of_any_text_is_answered(expression: str, licence: str, classifiers: list[str]) -> None:
    report = python(distribution(expression=expression, licence=licence, classifiers=classifiers))
    assert not report.problem
