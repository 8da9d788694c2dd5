import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import ConfigError
from lockstep.policy import ledger
from lockstep.policy.waivers import Waiver, parse

_A, _B, _C = (letter * 64 for letter in "abc")
_HEAD = "# Findings that we accept.\n\n"


def _block(fingerprint: str, comment: str = "") -> str:
    lines = (comment, "[[waiver]]", f'fingerprint = "{fingerprint}"', 'gate = "lint"', 'owner = "@shop"')
    return "\n".join(line for line in (*lines, 'reason = "known"', "expires = 2027-01-31") if line) + "\n"


def _key(fingerprint: str) -> str:
    return f"lint:{fingerprint}"


def _waiver(fingerprint: str = _C, *, owner: str = "@shop", reason: str = "known", note: str = "") -> Waiver:
    return Waiver(fingerprint, "lint", owner, reason, date(2027, 1, 31), note)


def test_the_first_waiver_makes_the_file() -> None:
    assert ledger.added("", _waiver(), "why") == _block(_C, "# why")


def test_a_waiver_is_added_below_everything_else() -> None:
    text = _HEAD + _block(_A) + "# the end\n\n\n"
    assert ledger.added(text, _waiver(), "why") == _HEAD + _block(_A) + "# the end\n\n" + _block(_C, "# why")


def test_a_comment_stays_on_one_line() -> None:
    added = ledger.added("", _waiver(), "ruff\n[[waiver]]\x1b \udcff")
    assert added.startswith("# ruff [[waiver]]\n[[waiver]]\n")


def test_line_endings_are_kept() -> None:
    text = _block(_A).replace("\n", "\r\n")
    added = ledger.added(text, _waiver(note="ABC-7"), "why")
    assert added.count("\n") == added.count("\r\n")
    assert parse(added.encode()).items[1].note == "ABC-7"
    assert ledger.removed(added, {_key(_C)}) == text + "\r\n"


def test_a_finding_is_waived_once() -> None:
    with pytest.raises(ConfigError) as caught:
        ledger.added(_HEAD + _block(_C), _waiver(), "why")
    assert caught.value.where == "waivers.toml:3"


@given(st.text(), st.text(), st.text())
def test_any_text_is_written_so_that_it_is_read_back(owner: str, reason: str, note: str) -> None:
    waiver = _waiver(owner=f"@{owner}", reason=f"r{reason}", note=note)
    (item,) = parse(ledger.added("", waiver, note).encode()).items
    assert (item.owner, item.reason, item.note) == (waiver.owner, waiver.reason, note)


def test_a_waiver_goes_with_its_own_comments_and_no_others() -> None:
    text = _HEAD + _block(_A, "# about a") + "\n" + _block(_B, "# about b\n# more") + "# after b\n\n# apart\n"
    assert ledger.removed(text, {_key(_B)}) == _HEAD + _block(_A, "# about a") + "\n# apart\n"
    kept = ledger.removed(text, {_key(_A)})
    assert kept == _HEAD + _block(_B, "# about b\n# more") + "# after b\n\n# apart\n"


def test_comments_that_touch_the_next_waiver_are_its_own() -> None:
    text = _block(_A) + "# about b\n" + _block(_B)
    assert ledger.removed(text, {_key(_A)}) == "# about b\n" + _block(_B)


def test_every_waiver_may_go() -> None:
    assert ledger.removed(_HEAD + _block(_A) + "\n" + _block(_B), {_key(_A), _key(_B)}) == _HEAD


def test_a_file_without_waivers_has_none_to_remove() -> None:
    assert ledger.removed("# nothing yet", {_key(_A)}) == "# nothing yet"


def test_a_key_that_is_not_there_removes_nothing() -> None:
    assert ledger.removed(_HEAD + _block(_A), {_key(_B)}) == _HEAD + _block(_A)


def test_a_hash_in_a_long_reason_is_no_comment() -> None:
    long = _block(_A).replace('"known"', '"""first\n# not a comment\n\nlast"""')
    swapped = long.replace("expires = 2027-01-31\n", "").replace("[[waiver]]", "[[waiver]]\nexpires = 2027-01-31")
    assert ledger.removed(swapped + "\n" + _block(_B), {_key(_A)}) == _block(_B)


@pytest.mark.parametrize("edit", ["add", "remove"])
def test_a_file_of_another_form_is_left_to_people(edit: str) -> None:
    fields = ", ".join(f"{name} = {value!r}" for name, value in tomllib.loads(_block(_A))["waiver"][0].items())
    one = fields.replace("datetime.date(2027, 1, 31)", "2027-01-31")
    text = f"waiver = [{{{one}}}, {{{one.replace(_A, _B)}}}]\n"
    with pytest.raises(ConfigError, match="by hand"):
        _ = ledger.added(text, _waiver(), "why") if edit == "add" else ledger.removed(text, {_key(_A)})


def test_a_file_whose_tables_cannot_be_told_apart_is_left_to_people() -> None:
    text = _block(_A).replace('"known"', '"""\n[[waiver]]\n"""') + _block(_B)
    with pytest.raises(ConfigError, match="by hand"):
        ledger.removed(text, {_key(_B)})


@given(st.lists(st.sampled_from([_A, _B, _C]), unique=True), st.sets(st.sampled_from([_A, _B, _C])))
def test_exactly_what_is_named_goes(there: list[str], gone: set[str]) -> None:
    text = _HEAD + "\n".join(_block(each, f"# about {each[0]}") for each in there)
    left = ledger.removed(text, {_key(each) for each in gone})
    assert [item.fingerprint for item in parse(left.encode()).items] == [each for each in there if each not in gone]
    assert left.startswith(_HEAD)
