"""git-cliff's context, as 2.14.2 prints it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.change import Change
from lockstep.parsers import git_cliff
from lockstep.parsers.reading import UnreadableError


def context(**fields: Any) -> bytes:  # noqa: ANN401 - any JSON value
    commit: dict[str, Any] = {
        "id": "a" * 40,
        "message": "a bug",
        "body": None,
        "footers": [],
        "group": "Bug Fixes",
        "breaking_description": None,
        "breaking": False,
        "scope": None,
        "conventional": True,
        "raw_message": "fix: a bug",
    }
    return json.dumps([{"version": None, "commits": [commit | fields]}, {"version": None, "commits": []}]).encode()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Change("a" * 40, "fix", "a bug")),
        ({"raw_message": "FIX(till)!: a bug", "scope": "till"}, Change("a" * 40, "fix", "a bug", "till")),
        ({"breaking": True}, Change("a" * 40, "fix", "a bug", "", "a bug")),
        (
            {"breaking": True, "breaking_description": "the old\nway is gone"},
            Change("a" * 40, "fix", "a bug", "", "the old way is gone"),
        ),
        (
            {"conventional": False, "breaking": None, "message": 'Revert "x"\n\nThis.', "raw_message": 'Revert "x"'},
            Change("a" * 40, "", 'Revert "x"'),
        ),
        ({"conventional": False, "message": "", "raw_message": ""}, Change("a" * 40, "", "")),
    ],
)
def test_a_commit_is_a_change(fields: dict[str, Any], expected: Change) -> None:
    assert git_cliff.changes(context(**fields)) == (expected,)


@pytest.mark.parametrize("output", [b"", b"[", b"{}", b'[{"commits": [{"id": 7}]}]', b"[]x"])
def test_what_is_no_context_is_not_read_as_no_commits(output: bytes) -> None:
    with pytest.raises(UnreadableError):
        git_cliff.changes(output)


@given(st.text(), st.text())
def test_any_words_are_one_line(message: str, raw: str) -> None:
    [change] = git_cliff.changes(context(message=message, raw_message=raw))
    assert change.subject == " ".join(change.subject.split())
    assert change.type == change.type.lower()
