from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.model.finding import Flaky, Level
from lockstep.policy import quarantine
from lockstep.policy.quarantine import Quarantine
from tests.policy.making import TODAY, case

_PATH = "services/orders/tests/test_app.py"


def _since(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def _mark(days: int = 1, ticket: str = "SHOP-12") -> Flaky:
    return Flaky(ticket, _since(days))


def _judge(outcome: str, mark: Flaky | None, base: Flaky | None = None, *, ci: bool = False) -> Quarantine:
    marks = {_PATH: {"test_total": base} if base else {}} if ci else None
    return quarantine.judge([case(outcome=outcome, flaky=mark)], marks, TODAY, check="pytest", component="orders")


def test_a_failing_test_is_a_finding_with_its_place() -> None:
    test = case("test_total[2-3]", "failed", message="\n  assert 5 == 6\nmore", classname="tests.test_app.TestTotals")
    (failure,) = quarantine.judge([test], None, TODAY, check="pytest", component="orders").failures
    assert failure.message == "TestTotals::test_total[2-3] failed: assert 5 == 6"
    assert str(failure.location) == f"{_PATH}:7"
    assert (failure.tool, failure.check, failure.component) == ("pytest", "pytest", "orders")


def test_an_error_outside_the_test_is_a_failure() -> None:
    (failure,) = quarantine.judge([case(outcome="error")], None, TODAY).failures
    assert failure.message == "test_total could not run: it left no message"
    assert failure.tool == "tests"


@pytest.mark.parametrize("outcome", ["passed", "skipped"])
def test_what_did_not_fail_is_no_finding(outcome: str) -> None:
    assert _judge(outcome, None) == Quarantine()
    assert _judge(outcome, _mark()) == Quarantine()


def test_a_test_that_fails_on_two_versions_is_one_finding() -> None:
    tests = [case(outcome="passed"), case(outcome="failed", message="a"), case(outcome="failed", message="b")]
    (failure,) = quarantine.judge(tests, None, TODAY).failures
    assert failure.message.endswith("failed: a")


def test_tests_of_one_name_in_two_classes_are_two() -> None:
    tests = [case(outcome="failed", classname=name, path="") for name in ("suite a", "suite b")]
    assert len(quarantine.judge(tests, None, TODAY).failures) == 2


@pytest.mark.parametrize("days", [0, 1, 14])
def test_a_failure_in_quarantine_does_not_gate(days: int) -> None:
    judged = _judge("failed", _mark(days))
    assert (judged.failures, judged.policy) == ((), ())
    assert [each.level for each in judged.quarantined] == [Level.NOTE]


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        (_mark(15), "lapsed"),
        (_mark(-1), "after today"),
        (_mark(ticket=""), "no ticket"),
        (_mark(ticket="  "), "no ticket"),
        (Flaky("SHOP-12", ""), "no date"),
        (Flaky("SHOP-12", "yesterday"), "'yesterday' is not"),
    ],
)
def test_a_mark_that_does_not_hold_gates_whether_the_test_passes_or_not(mark: Flaky, says: str) -> None:
    for outcome in ("passed", "skipped"):
        judged = _judge(outcome, mark)
        assert (judged.failures, judged.quarantined) == ((), ())
        assert [each.rule for each in judged.policy] == ["flaky-mark"]
        assert says in judged.policy[0].message
    judged = _judge("failed", mark)
    assert (len(judged.failures), judged.quarantined, len(judged.policy)) == (1, (), 1)


def test_a_bad_mark_on_a_parametrized_test_is_one_finding() -> None:
    tests = [case(f"test_total[{n}]", flaky=Flaky()) for n in range(3)]
    assert len(quarantine.judge(tests, None, TODAY).policy) == 1


def test_in_ci_a_mark_that_stands_on_the_base_counts() -> None:
    judged = _judge("failed", _mark(3), _mark(3), ci=True)
    assert (judged.failures, len(judged.quarantined), judged.policy) == ((), 1, ())


@pytest.mark.parametrize("base", [None, _mark(3, "SHOP-9"), Flaky("SHOP-12", ""), _mark(-2)])
def test_in_ci_a_new_mark_excuses_nothing_and_is_no_finding(base: Flaky | None) -> None:
    judged = _judge("failed", _mark(3), base, ci=True)
    assert (judged.quarantined, judged.policy) == ((), ())
    assert "base branch" in judged.failures[0].message
    assert _judge("passed", _mark(3), base, ci=True) == Quarantine()


def test_in_ci_a_mark_cannot_renew_itself() -> None:
    judged = _judge("failed", _mark(0), _mark(15), ci=True)
    assert (len(judged.failures), judged.quarantined) == (1, ())
    assert _since(15) in judged.policy[0].message


def test_in_ci_the_base_rules_where_the_change_dates_back() -> None:
    assert len(_judge("failed", _mark(40), _mark(3), ci=True).quarantined) == 1


def test_in_ci_a_malformed_mark_does_not_hold_by_the_base() -> None:
    judged = _judge("failed", Flaky("SHOP-12", "x"), _mark(3), ci=True)
    assert (len(judged.failures), len(judged.policy)) == (1, 1)


def test_in_ci_a_new_mark_that_has_lapsed_is_a_finding() -> None:
    assert [each.rule for each in _judge("passed", _mark(15), None, ci=True).policy] == ["flaky-mark"]


def test_in_ci_a_removed_mark_gates_again() -> None:
    assert len(_judge("failed", None, _mark(3), ci=True).failures) == 1


@given(st.integers(-60, 60), st.integers(-60, 60), st.booleans())
def test_a_failure_is_never_lost(head: int, base: int, ci: bool) -> None:  # noqa: FBT001
    judged = _judge("failed", _mark(head), _mark(base), ci=ci)
    assert len(judged.failures) + len(judged.quarantined) == 1
    assert not (judged.quarantined and judged.policy)
    assert bool(judged.quarantined) == (0 <= (base if ci else head) <= 14 and head >= 0)


_SOURCE = """
import pytest
from pytest import mark

@pytest.mark.flaky(ticket="A-1", since="2026-11-20")
def test_plain(): ...

@mark.flaky(ticket="A-2", since="2026-11-20")
@pytest.mark.slow
async def test_async(): ...

@pytest.mark.flaky
def test_bare(): ...

@pytest.mark.flaky("A-9", "2026-11-20")
def test_positional(): ...

@pytest.mark.flaky(ticket=TICKET, since=today())
def test_computed(): ...

@pytest.mark.flaky("A-8", since=date(2026, 11, 2))
def test_dated(): ...

@pytest.mark.flaky(ticket="A-7", since=datetime.date(year, "11", 2))
def test_misdated(): ...

@pytest.mark.flaky(ticket="outer", since="2026-11-20")
@pytest.mark.flaky(ticket="inner", since="2026-11-20")
def test_twice(): ...

@other.flaky(ticket="A-3")
@flaky
def test_unmarked(): ...

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.flaky(ticket="A-4", since="2026-11-20"))])
def test_parameter(n): ...

@pytest.mark.flaky(ticket="class", since="2026-11-20")
class TestBoth:
    def test_inherits(self): ...

    @pytest.mark.flaky(ticket="own", since="2026-11-20")
    def test_own(self): ...

    class TestInner:
        pytestmark = [pytest.mark.slow, pytest.mark.flaky(ticket="assigned", since="2026-11-20")]

        def test_deep(self): ...

class TestAnnotated:
    pytestmark: object = pytest.mark.flaky(ticket="annotated", since="2026-11-20")
    other = pytest.mark.flaky(ticket="other", since="2026-11-20")

    def test_it(self): ...

if True:
    try:
        @pytest.mark.flaky(ticket="A-5", since="2026-11-20")
        def test_nested(): ...
    except ImportError:
        @pytest.mark.flaky(ticket="A-6", since="2026-11-20")
        def test_handler(): ...
"""


def test_marks_are_read_from_source() -> None:
    tickets = {name: mark.ticket for name, mark in quarantine.marks_of(_SOURCE).items()}
    assert tickets == {
        "test_plain": "A-1",
        "test_async": "A-2",
        "test_bare": "",
        "test_positional": "A-9",
        "test_computed": "",
        "test_dated": "A-8",
        "test_misdated": "A-7",
        "test_twice": "inner",
        "TestBoth::test_inherits": "class",
        "TestBoth::test_own": "own",
        "TestBoth::TestInner::test_deep": "assigned",
        "TestAnnotated::test_it": "annotated",
        "test_nested": "A-5",
        "test_handler": "A-6",
    }
    dates = {name: mark.since for name, mark in quarantine.marks_of(_SOURCE).items()}
    names = ("test_plain", "test_positional", "test_bare", "test_computed", "test_dated", "test_misdated")
    assert [dates[name] for name in names] == ["2026-11-20", "2026-11-20", "", "", "2026-11-02", "02"]


def test_a_file_with_a_byte_order_mark_or_odd_escapes_is_read() -> None:
    source = '\ufeffODD = "\\d"\n@pytest.mark.flaky(ticket="A-1", since="2026-11-20")\ndef test_x(): ...'
    assert quarantine.marks_of(source) == {"test_x": Flaky("A-1", "2026-11-20")}


def test_a_module_mark_covers_every_test_without_its_own() -> None:
    source = 'pytestmark = pytest.mark.flaky(ticket="M-1", since="2026-11-20")\nclass TestA:\n    def test_x(self): ...'
    assert quarantine.marks_of(source) == {"TestA::test_x": Flaky("M-1", "2026-11-20")}


@pytest.mark.parametrize("source", ["def (", "\0", "(" * 3000, "-" * 200_000 + "1"])
def test_what_is_not_python_has_no_marks(source: str) -> None:
    assert quarantine.marks_of(source) == {}


@pytest.mark.parametrize(
    ("classname", "key"),
    [
        ("services.orders.tests.test_app", "test_total"),
        ("tests.test_app", "test_total"),
        ("test_app", "test_total"),
        ("tests.test_app.TestTotals", "TestTotals::test_total"),
        ("test_app.TestTotals.TestInner", "TestTotals::TestInner::test_total"),
        ("test_app.test_app", "test_app::test_total"),
        ("", "test_total"),
        ("totals of v1.2", "totals of v1.2::test_total"),
    ],
)
def test_the_key_of_a_test_has_its_classes_and_no_parameters(classname: str, key: str) -> None:
    assert quarantine.qualified(case("test_total[a.b-::]", classname=classname)) == key
