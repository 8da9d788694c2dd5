import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.errors import ConfigError
from lockstep.model.finding import Finding
from lockstep.policy import waivers
from lockstep.policy.fingerprints import assign
from lockstep.policy.waivers import Waiver, Waivers
from tests.policy.making import TODAY, finding

_PRINT = "ab" * 32
_ONE = f"""\
# why these are accepted
[[waiver]]
fingerprint = "{_PRINT}"
gate = "codeql"
owner = "@northwind/shop"
reason = "the input is a constant"
expires = 2027-01-31
note = "ABC-7"
"""


def _waiver(fingerprint: str, *, gate: str = "lint", expires: date = TODAY, line: int = 1) -> Waiver:
    return Waiver(fingerprint, gate, "@shop", "known", expires, line=line)


def _found(*lines: int) -> tuple[Finding, ...]:
    return assign(finding(line=line) for line in lines)


def test_a_waiver_is_read_with_its_line() -> None:
    assert waivers.parse(_ONE.encode()).items == (
        Waiver(_PRINT, "codeql", "@northwind/shop", "the input is a constant", date(2027, 1, 31), "ABC-7", line=2),
    )


def test_a_date_may_be_quoted() -> None:
    text = _ONE.replace("2027-01-31", '"2027-01-31"')
    assert waivers.parse(text.encode()).items[0].expires == date(2027, 1, 31)


def test_no_data_hold_no_waivers() -> None:
    assert waivers.parse(b"") == Waivers()


def test_inline_waivers_are_read_without_a_line_of_their_own() -> None:
    text = f"""waiver = [
      {{fingerprint = "{_PRINT}", gate = "lint", owner = "@shop", reason = "r", expires = 2027-01-01}}
    ]"""
    assert [item.line for item in waivers.parse(text.encode()).items] == [1]


def test_all_mistakes_are_shown_together_each_with_its_line() -> None:
    second = '[[waiver]]\nfingerprint = "xyz"\ngate = " "\nowner = "@shop"\nexpires = 2027-13-01x\n'
    text = _ONE.replace("note =", "nota =") + second.replace("2027-13-01x", '"soon"')
    with pytest.raises(ConfigError) as caught:
        waivers.parse(text.encode())
    shown = str(caught.value)
    for part in ("waivers.toml:8", "nota", "waivers.toml:10", "waivers.toml:11", "waivers.toml:13", "`reason`"):
        assert part in shown
    assert caught.value.where == "waivers.toml:8"


@pytest.mark.parametrize("data", [b"[[waiver", b"\xff\xfe", b"waiver = 3", b"wavier = []"])
def test_what_is_no_waivers_file_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError):
        waivers.parse(data)


@pytest.mark.parametrize("expires", ["2027-01-31T10:00:00", "2027-01-31T10:00:00Z", "10:00:00", "20270131", '"never"'])
def test_an_expiry_that_is_no_date_is_refused(expires: str) -> None:
    with pytest.raises(ConfigError, match="waivers"):
        waivers.parse(_ONE.replace("2027-01-31", expires).encode())


def test_two_waivers_of_one_finding_are_refused_with_both_lines() -> None:
    with pytest.raises(ConfigError) as caught:
        waivers.parse((_ONE + _ONE).encode(), "base:waivers.toml")
    assert caught.value.where == "base:waivers.toml:10"
    assert "as line 2" in caught.value.why


def test_the_same_finding_may_be_waived_for_two_gates() -> None:
    assert len(waivers.parse((_ONE + _ONE.replace("codeql", "lint")).encode()).items) == 2


@given(st.binary(max_size=80))
def test_any_bytes_are_waivers_or_an_explained_error(data: bytes) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(waivers.parse(data), Waivers)


def test_a_waived_finding_does_not_remain() -> None:
    (one,) = _found(3)
    waiver = _waiver(one.fingerprint)
    applied = waivers.apply(Waivers((waiver,)), "lint", (one,), TODAY, complete=True)
    assert (applied.remaining, applied.used, applied.policy) == ((), (waiver,), ())
    (waived,) = applied.waived
    assert (waived.finding, waived.owner, waived.reason, waived.expires) == (one, "@shop", "known", "2026-11-24")


def test_a_second_same_offence_is_not_waived() -> None:
    first, second = _found(3, 9)
    applied = waivers.apply(Waivers((_waiver(first.fingerprint),)), "lint", (first, second), TODAY, complete=True)
    assert applied.remaining == (second,)


def test_a_waiver_of_another_gate_accepts_nothing_and_is_not_judged() -> None:
    (one,) = _found(3)
    applied = waivers.apply(Waivers((_waiver(one.fingerprint, gate="types"),)), "lint", (one,), TODAY, complete=True)
    assert (applied.remaining, applied.policy) == ((one,), ())


@pytest.mark.parametrize("complete", [True, False])
def test_an_expired_waiver_leaves_its_finding_and_is_reported_in_its_place(complete: bool) -> None:  # noqa: FBT001
    (one,) = _found(3)
    stale = _waiver(one.fingerprint, expires=TODAY - timedelta(days=1), line=4)
    applied = waivers.apply(Waivers((stale,)), "lint", (one,), TODAY, complete=complete)
    assert (applied.remaining, applied.waived, applied.used) == ((one,), (), ())
    (about,) = applied.policy
    assert (about.rule, str(about.location)) == ("waiver-expired", "waivers.toml:4")
    assert "2026-11-23" in about.message


def test_an_expired_waiver_without_a_finding_is_reported_by_a_complete_run_only() -> None:
    stale = Waivers((_waiver(_PRINT, expires=TODAY - timedelta(days=1)),))
    assert waivers.apply(stale, "lint", (), TODAY, complete=False).policy == ()
    assert [each.rule for each in waivers.apply(stale, "lint", (), TODAY, complete=True).policy] == ["waiver-expired"]


def test_an_unused_waiver_is_reported_by_a_complete_run_only() -> None:
    idle = Waivers((_waiver(_PRINT, line=6),), "conf/waivers.toml")
    assert waivers.apply(idle, "lint", (), TODAY, complete=False).policy == ()
    (about,) = waivers.apply(idle, "lint", (), TODAY, complete=True).policy
    assert (about.rule, str(about.location)) == ("waiver-unused", "conf/waivers.toml:6")


@given(st.integers(-400, 400), st.booleans())
def test_every_finding_is_either_waived_or_remains(days: int, complete: bool) -> None:  # noqa: FBT001
    found = _found(3, 9)
    given_ = Waivers((_waiver(found[0].fingerprint, expires=TODAY + timedelta(days=days)),))
    applied = waivers.apply(given_, "lint", found, TODAY, complete=complete)
    assert {*applied.remaining, *(each.finding for each in applied.waived)} == set(found)
    assert bool(applied.waived) == (days >= 0)


def test_days_left_count_to_the_last_day() -> None:
    assert [_waiver(_PRINT, expires=TODAY + timedelta(days=n)).days_left(TODAY) for n in (2, 0, -1)] == [2, 0, -1]


def test_a_waiver_that_the_change_adds_does_not_count() -> None:
    assert waivers.as_of(Waivers(), Waivers((_waiver(_PRINT),))).items == ()


def test_a_waiver_that_the_change_removes_is_neither_used_nor_unused() -> None:
    assert waivers.as_of(Waivers((_waiver(_PRINT),)), Waivers()).items == ()


@pytest.mark.parametrize(("change", "counts"), [(30, 0), (0, 0), (-3, -3)])
def test_a_change_can_shorten_a_waiver_and_not_prolong_it(change: int, counts: int) -> None:
    base = Waivers((_waiver(_PRINT, line=2),))
    head = Waivers((_waiver(_PRINT, expires=TODAY + timedelta(days=change), line=8),))
    (item,) = waivers.as_of(base, head).items
    assert (item.expires, item.line) == (TODAY + timedelta(days=counts), 8)


def test_a_waiver_for_a_gate_that_does_not_exist_is_a_finding() -> None:
    items = Waivers((_waiver(_PRINT), _waiver(_PRINT, gate="lnit", line=9)))
    (about,) = waivers.strangers(items, ["lint", "types"])
    assert (about.rule, str(about.location)) == ("waiver-unknown-gate", "waivers.toml:9")
    assert "lnit" in about.message
