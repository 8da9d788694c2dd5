import re
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Severity
from lockstep.policy.fingerprints import assign
from tests.policy.making import finding

_TEXTS = st.text(max_size=12)
_PATHS = st.sampled_from(["a.py", "b.py", "lib/c.py", "d\udcff.py"])
_FINDINGS = st.lists(
    st.builds(
        Finding,
        tool=st.sampled_from(["ruff", "mypy"]),
        rule=st.sampled_from(["E1", "E2"]),
        message=_TEXTS,
        location=st.builds(Location, path=_PATHS, line=st.integers(0, 9), column=st.integers(0, 3)),
        level=st.sampled_from(Level),
        severity=st.sampled_from(Severity),
        component=st.sampled_from(["one", "two"]),
        snippet=st.sampled_from(["", "x = 1", "x  =  1 ", "\udcff"]),
        anchor=st.sampled_from(["", "requests", "urllib3"]),
    ),
    max_size=12,
)


def _prints(findings: Sequence[Finding]) -> list[str]:
    return [each.fingerprint for each in assign(findings)]


def _moved(each: Finding, path: str, line: int) -> Finding:
    return msgspec.structs.replace(each, location=Location(path, line, each.location.column))


@given(_FINDINGS)
def test_fingerprints_are_distinct_digests(findings: list[Finding]) -> None:
    prints = _prints(findings)
    assert len(set(prints)) == len(prints)
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in prints)


@given(_FINDINGS, st.randoms())
def test_the_order_of_findings_does_not_matter(findings: list[Finding], random: object) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assign(shuffled) == assign(findings)


@given(_FINDINGS)
def test_assigning_again_changes_nothing(findings: list[Finding]) -> None:
    once = assign(findings)
    assert assign(once) == once


@given(_FINDINGS, st.integers(1, 500))
def test_lines_put_before_change_nothing(findings: list[Finding], lines: int) -> None:
    moved = [_moved(each, each.location.path, each.location.line + lines) for each in findings]
    assert _prints(moved) == _prints(findings)


@given(_FINDINGS)
def test_renaming_files_changes_no_fingerprint(findings: list[Finding]) -> None:
    moved = [_moved(each, f"moved/{each.location.path}", each.location.line) for each in findings]
    assert sorted(_prints(moved)) == sorted(_prints(findings))


@given(_FINDINGS)
def test_a_file_renamed_past_the_others_keeps_the_set_of_fingerprints(findings: list[Finding]) -> None:
    moved = [_moved(each, "zz.py", each.location.line) if each.location.path == "a.py" else each for each in findings]
    assert sorted(_prints(moved)) == sorted(_prints(findings))


def test_white_space_of_the_line_does_not_matter() -> None:
    assert _prints([finding(snippet="  import   os\t")]) == _prints([finding(snippet="import os")])


def test_another_line_another_rule_and_another_tool_differ() -> None:
    first = finding()
    others = [finding(snippet="import re"), finding(rule="F811"), msgspec.structs.replace(first, tool="mypy")]
    assert len({*_prints([first]), *(_prints([each])[0] for each in others)}) == 4


def test_the_second_same_offence_has_a_fingerprint_of_its_own() -> None:
    one, other = assign([finding(line=3), finding(line=9)])
    assert one.fingerprint == _prints([finding(line=50)])[0]
    assert other.fingerprint != one.fingerprint


def test_without_a_line_the_anchor_counts_and_not_the_message() -> None:
    one = finding("uv.lock", 0, snippet="", anchor="urllib3", message="urllib3 2.1 is GPL")
    same = finding("uv.lock", 0, snippet="", anchor="urllib3", message="urllib3 2.2 is GPL")
    other = finding("uv.lock", 0, snippet="", anchor="idna", message="urllib3 2.1 is GPL")
    assert _prints([one]) == _prints([same]) != _prints([other])


def test_without_line_and_anchor_the_message_counts_less_its_places() -> None:
    one = finding("a.py", 3, snippet="", message="a.py:3:1: defined on line 3 of a.py")
    same = finding("b/c.py", 8, snippet="", message="b/c.py:8:1: defined on line 8 of b/c.py")
    other = finding("a.py", 3, snippet="", message="a.py:3:1: used on line 3 of a.py")
    assert _prints([one]) == _prints([same]) != _prints([other])


def test_a_finding_of_no_file_has_a_fingerprint_too() -> None:
    assert _prints([finding("", 0, snippet="", message="no lock")]) != _prints(
        [finding("", 0, snippet="", message="x")]
    )


def test_a_duplicate_from_another_component_is_one_finding_with_the_gravest_reading() -> None:
    mild = finding(component="money", severity=Severity.LOW, level=Level.NOTE)
    grave = finding(component="orders", severity=Severity.HIGH, snippet="")
    (kept,) = assign([mild, grave])
    assert (kept.component, kept.severity) == ("orders", Severity.HIGH)


def test_of_equal_duplicates_the_one_with_its_line_is_kept() -> None:
    (kept,) = assign([finding(snippet="", component="a"), finding(component="b")])
    assert kept.snippet == "import os"


def test_findings_come_in_order_of_place() -> None:
    places = [("b.py", 1), ("a.py", 9), ("a.py", 2)]
    assert [str(each.location) for each in assign(finding(path, line) for path, line in places)] == [
        "a.py:2:1",
        "a.py:9:1",
        "b.py:1:1",
    ]
