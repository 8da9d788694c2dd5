"""Unified diffs of black 26.10, shfmt 3.14 and terraform fmt 1.11, and what they say of files that do not parse."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Finding, Location, Report
from lockstep.parsers import formatters
from lockstep.parsers.reading import UnreadableError

SHFMT = b"""\
diff scripts/a.sh.orig scripts/a.sh
--- scripts/a.sh.orig
+++ scripts/a.sh
@@ -1,5 +1,5 @@
 #!/usr/bin/env bash
 echo "$1"
 if true; then
-        echo hi
+  echo hi
 fi
"""
SHFMT_CRLF = b"--- a.sh.orig\n+++ a.sh\n@@ -1,2 +1,2 @@\n #!/bin/sh\n-echo hi\r\n+echo hi\n"
SHFMT_EMPTY = b"--- a.sh.orig\n+++ a.sh\n@@ -0,0 +1,1 @@\n+\n"
TERRAFORM = b"""\
net/a.tf
--- old/net/a.tf
+++ new/net/a.tf
@@ -1,3 +1,3 @@
 variable "a" {
-type=string
+  type = string
 }
"""
TERRAFORM_ERROR = b"""\

Error: Unclosed configuration block

  on net/b.tf line 3, in variable "a":
   3: variable "a" {

There is no closing brace for this block before the end of the file. This may
be caused by incorrect brace nesting elsewhere in this file.

"""
BLACK = b"""\
Identified `/tree` as project root containing a .git directory.
Using configuration in '/tree/pyproject.toml'.
line_length: 100
Found input source directory: "/tree/src"
would reformat /tree/src/a.py
/tree/src/b.py already well formatted, good job.
"""
BLACK_DIFF = b"""\
--- /tree/src/a.py\t2026-11-25 07:48:54.537404+00:00
+++ /tree/src/a.py\t2026-11-25 07:48:54.759998+00:00
@@ -1,5 +1,4 @@
 if 1:
   x = 1
-\x0c
-  y = "\xe2\x80\xa8"
+  y = 1
   z = 1
"""


def shfmt(stdout: bytes, stderr: bytes = b"", exit_code: int = 1) -> Report:
    return formatters.shfmt(stdout, stderr, exit_code, root="/tree")


def terraform(stdout: bytes, stderr: bytes = b"", exit_code: int = 3) -> Report:
    return formatters.terraform(stdout, stderr, exit_code, root="/tree")


def black(said: bytes, *files: str, diff: bytes = b"", exit_code: int = 0) -> Report:
    return formatters.black(diff, said, exit_code, files=files, root="/tree")


def test_a_hunk_becomes_a_finding_at_the_lines_that_change() -> None:
    assert shfmt(SHFMT).findings == (
        Finding(
            tool="shfmt",
            rule="shfmt-format",
            message="the file is not formatted",
            location=Location("scripts/a.sh", 4, end_line=4),
            fixable=True,
        ),
    )
    (finding,) = terraform(TERRAFORM).findings
    assert (finding.tool, finding.rule) == ("terraform", "terraform-fmt")
    assert finding.location == Location("net/a.tf", 2, end_line=2)


@pytest.mark.parametrize(("diff", "line"), [(SHFMT_CRLF, 2), (SHFMT_EMPTY, 1)])
def test_line_ends_and_empty_files_have_their_line(diff: bytes, line: int) -> None:
    (finding,) = shfmt(diff).findings
    assert finding.location == Location("a.sh", line, end_line=line)


def test_only_line_feeds_count_as_lines_of_a_diff() -> None:
    (finding,) = black(BLACK, "src/a.py", "src/b.py", diff=BLACK_DIFF, exit_code=1).findings
    assert finding.location == Location("src/a.py", 3, end_line=4)


def test_what_shfmt_cannot_parse_is_a_finding() -> None:
    (finding,) = shfmt(b"", b"a.sh:2:10: `then` must be followed by a statement list\n").findings
    assert (finding.rule, finding.location) == ("syntax", Location("a.sh", 2, 10))
    assert finding.message == "`then` must be followed by a statement list"


def test_what_terraform_cannot_parse_is_a_finding() -> None:
    (finding,) = terraform(b"", TERRAFORM_ERROR, 2).findings
    assert (finding.message, finding.location) == ("Unclosed configuration block", Location("net/b.tf", 3))


@pytest.mark.parametrize(
    ("said", "message", "place"),
    [
        (
            b"error: cannot parse: /tree/src/a.py:1:6\n    def f(:\n",
            "it cannot be formatted",
            Location("src/a.py", 1, 6),
        ),
        (
            b"error: cannot format /tree/src/a.py: invalid or missing encoding declaration\n",
            "invalid or missing encoding declaration",
            Location("src/a.py", 1),
        ),
        (
            b"error: cannot format /tree/src/a.py: Cannot parse: 1:6: def f(:\n",
            "Cannot parse",
            Location("src/a.py", 1, 6),
        ),
    ],
)
def test_what_black_cannot_parse_is_a_finding(said: bytes, message: str, place: Location) -> None:
    (finding,) = black(said, "src/a.py", exit_code=123).findings
    assert (finding.rule, finding.message, finding.location) == ("syntax", message, place)


def test_black_is_clean_where_it_looked_at_every_file() -> None:
    assert black(b"/tree/src/b.py already well formatted, good job.\n", "src/b.py") == Report()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"/tree/dist ignored: matches the --exclude regular expression\n", "the --exclude regular expression"),
        (b"/tree/dist ignored: matches a .gitignore file content\n", "a .gitignore file content"),
        (b"", "none of its patterns"),
    ],
)
def test_a_file_that_black_passed_over_on_its_own_is_a_finding(said: bytes, why: str) -> None:
    (finding,) = black(said, "dist/a.py").findings
    assert (finding.rule, finding.location) == ("black-left-out", Location("dist/a.py", 1))
    assert f"it matches {why};" in finding.message


@pytest.mark.parametrize(
    "said",
    [
        b"/tree/old ignored: matches the --extend-exclude regular expression\n",
        b"/tree/old/a.py ignored: matches the --force-exclude regular expression\n",
        b"exclude: old\n/tree/old ignored: matches the --exclude regular expression\n",
        b"include: src\n",
    ],
)
def test_a_file_that_the_components_configuration_leaves_out_is_none(said: bytes) -> None:
    assert black(said, "old/a.py") == Report()


def test_black_is_not_heard_on_files_that_nobody_asked_about() -> None:
    assert black(BLACK, "src/b.py", diff=BLACK_DIFF, exit_code=1) == Report()


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (shfmt(b"", exit_code=1), "reported no finding"),
        (shfmt(SHFMT, exit_code=0), "exit code 0 but reported 1 findings"),
        (shfmt(b"", b"open nowhere.sh: no such file\n"), "shfmt failed: open nowhere.sh"),
        (terraform(b"", b"Error: No file or directory at nowhere.tf\n", 2), "No file or directory at nowhere.tf"),
        (black(b"Traceback", "a.py", exit_code=1), "reported no finding: Traceback"),
    ],
)
def test_what_cannot_be_believed_is_a_problem(report: Report, problem: str) -> None:
    assert problem in report.problem


@given(st.integers(1, len(SHFMT) - 1))
def test_a_diff_that_is_cut_off_is_never_clean(size: int) -> None:
    report = shfmt(SHFMT[:size])
    assert report.problem or report.findings


@given(st.binary(), st.binary(), st.sampled_from([0, 1, 2, 3, 123]))
def test_any_bytes_are_answered(stdout: bytes, stderr: bytes, exit_code: int) -> None:
    for report in (shfmt(stdout, stderr, exit_code), terraform(stdout, stderr, exit_code)):
        assert report.problem or bool(report.findings) == bool(exit_code)
    report = formatters.black(stdout, stderr, exit_code, files=("a.py",), root="/tree")
    assert report.problem or report.findings


@given(st.lists(st.text("ab \t\x0c\r\u2028", max_size=3), max_size=12), st.data())
def test_hunks_point_at_the_lines_that_difflib_changed(before: list[str], data: st.DataObject) -> None:
    after = data.draw(st.permutations([*before, "new"]))
    diff = list(difflib.unified_diff(before, after, "a", "b", lineterm="", n=1))
    changed = [
        (start, end)
        for tag, start, end, _, _ in difflib.SequenceMatcher(None, before, after).get_opcodes()
        if tag != "equal"
    ]
    found = list(formatters.hunks(diff))
    assert found
    assert found[0].line == max(min(changed[0][0] + 1, len(before)), 1)
    assert all(hunk.path == "a" and hunk.line <= hunk.end_line for hunk in found)


@given(st.integers(3, 5))
def test_a_hunk_that_is_shorter_than_it_says_is_refused(size: int) -> None:
    diff = ["--- a", "+++ b", "@@ -1,2 +1,2 @@", " one", "-two", "+three"][:size]
    with pytest.raises(UnreadableError, match="cut off"):
        list(formatters.hunks(diff))
