"""The reports of builds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.artifact import Artifact, ArtifactKind, Sbom
from lockstep.model.finding import Location, Report
from lockstep.parsers import built

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
WHEEL = {"kind": "wheel", "name": "lamps-1.2-py3-none-any.whl", "digest": DIGEST, "size": 9, "platform": "any"}
PLACE = "libs/lamps/pyproject.toml"


def read(**report: object) -> Report:
    return built.read(json.dumps(report).encode(), component="libs/lamps", place=PLACE)


def test_what_was_made_belongs_to_the_component() -> None:
    image = {"kind": "image", "name": "till", "digest": DIGEST, "size": 9, "platform": "linux/amd64", "parts": [OTHER]}
    report = read(artifacts=[WHEEL, image])
    assert report == Report(
        artifacts=(
            Artifact("libs/lamps", ArtifactKind.WHEEL, "lamps-1.2-py3-none-any.whl", DIGEST, 9, "any"),
            Artifact("libs/lamps", ArtifactKind.IMAGE, "till", DIGEST, 9, "linux/amd64", (OTHER,)),
        )
    )
    assert report.artifacts[1].blobs == ("a" * 64, "b" * 64)


def test_what_things_consist_of_belongs_to_the_component() -> None:
    report = read(sboms=[{"name": "till.spdx.json", "digest": OTHER, "size": 4, "subject": DIGEST}])
    assert report == Report(sboms=(Sbom("libs/lamps", "till.spdx.json", OTHER, 4, DIGEST),))
    assert report.blobs == ("b" * 64,)


def test_a_failure_is_a_finding_where_the_build_is_described() -> None:
    (finding,) = read(failure="no such backend").findings
    assert (finding.rule, finding.location) == ("build-fails", Location(PLACE))
    assert finding.message.endswith("no such backend")


def test_a_difference_says_what_differs_and_how() -> None:
    (finding,) = read(differences=[{"artifact": "lamps.whl", "member": "a.py", "how": "content"}]).findings
    assert finding.rule == "not-reproducible"
    assert finding.message == "a second build differs: lamps.whl: a.py: content"


def test_many_differences_are_counted() -> None:
    findings = read(differences=[{"artifact": "l", "member": str(n), "how": "content"} for n in range(12)]).findings
    assert len(findings) == 11
    assert findings[-1].message == "a second build differs in 2 more places"


def test_differences_are_told_apart() -> None:
    both = read(differences=[{"artifact": "l", "member": name, "how": "content"} for name in ("a", "b")]).findings
    assert len({each.anchor for each in both}) == 2


def test_a_broken_rule_is_a_finding() -> None:
    (finding,) = read(
        artifacts=[WHEEL], broken=[{"rule": "image-root", "what": "", "message": "runs as root"}]
    ).findings
    assert (finding.rule, finding.message) == ("image-root", "runs as root")


def test_what_is_lacking_makes_no_finding() -> None:
    assert read(lacking="nobody answers") == Report(lacking="nobody answers")


@pytest.mark.parametrize(
    "wrong", [{"name": "../escape"}, {"name": ".hidden"}, {"name": ""}, {"digest": "sha256:ab"}, {"kind": "tarball"}]
)
def test_an_artifact_that_cannot_be_meant_is_a_problem(wrong: dict[str, str]) -> None:
    assert read(artifacts=[WHEEL | wrong]).problem


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    report = built.read(data, component="c", place="p")
    assert report.problem or report == Report()
