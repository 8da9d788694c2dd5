"""yamllint's parsable lines, recorded from version 1.38.0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Level, Location, Report
from lockstep.parsers import yamllint

TWICE = b'ops/a.yaml:2:1: [error] duplication of key "a" in mapping (key-duplicates)\n'
SYNTAX = b"ops/b.yaml:2:1: [error] syntax error: expected ',' or ']', but got '<stream end>' (syntax)\n"
WARNING = b'ops/b.yaml:1:1: [warning] missing document start "---" (document-start)\n'
BROKE_OFF = (
    b'Traceback (most recent call last):\n  File "yamllint/decoder.py", line 71\n'
    b"UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9 in position 4: invalid continuation byte\n"
)
FILES = ("ops/a.yaml", "ops/b.yaml", "ops/c.yaml")


def read(*printed: bytes, exit_code: int = 1, stderr: bytes = b"", files: tuple[str, ...] = FILES) -> Report:
    return yamllint.read(b"".join(printed), stderr, exit_code, files=files, root="/tree")


def test_a_line_becomes_a_finding() -> None:
    assert read(TWICE).findings == (
        Finding(
            tool="yamllint",
            rule="key-duplicates",
            message='duplication of key "a" in mapping',
            location=Location("ops/a.yaml", 2, 1),
            level=Level.ERROR,
            help_url="https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules.key_duplicates",
        ),
    )


def test_syntax_has_no_page_and_a_warning_is_one() -> None:
    first, second = read(SYNTAX, WARNING).findings
    assert (first.rule, first.help_url) == ("syntax", "")
    assert second.level is Level.WARNING


def test_a_name_that_is_not_utf8_survives() -> None:
    (finding,) = read(b"./caf\xe9.yaml:1:2: [error] too many spaces (colons)\n").findings
    assert finding.location == Location("caf\udce9.yaml", 1, 2)


def test_nothing_is_clean() -> None:
    assert read(exit_code=0) == Report()


def test_a_file_that_is_not_utf8_is_a_finding_where_only_one_can_be_meant() -> None:
    first, second = read(SYNTAX, stderr=BROKE_OFF).findings
    assert first.location.path == "ops/b.yaml"
    assert second.location == Location("ops/c.yaml", 1)
    assert second.message.startswith("this is no UTF-8 text: UnicodeDecodeError: 'utf-8' codec")


def test_a_file_that_is_not_utf8_is_a_problem_that_names_all_that_can_be_meant() -> None:
    many = tuple(f"{number}.yaml" for number in range(7))
    report = read(stderr=BROKE_OFF, files=many)
    assert "in one of 0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml and 2 more: UnicodeDecodeError" in report.problem
    assert report.findings == ()


def test_any_other_word_on_the_error_stream_is_a_problem() -> None:
    assert read(stderr=b'invalid config: no such rule: "nope"\n').problem == (
        'yamllint could not go on: invalid config: no such rule: "nope"'
    )


@pytest.mark.parametrize(("printed", "exit_code"), [(b"", 1), (TWICE, 0)])
def test_an_exit_code_that_disagrees_is_a_problem(printed: bytes, exit_code: int) -> None:
    assert "exit code" in read(printed, exit_code=exit_code).problem


@given(st.binary(), st.binary(), st.sampled_from([0, 1]))
def test_any_bytes_are_answered(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    report = read(stdout, exit_code=exit_code, stderr=stderr)
    assert report.problem or bool(report.findings) == bool(exit_code)


@given(st.integers(0, len(TWICE) - 20))
def test_a_line_that_is_cut_off_is_never_clean(size: int) -> None:
    report = read(TWICE[:size])
    assert report.problem or report.findings
