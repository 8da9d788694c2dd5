from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.config import Thresholds
from lockstep.model.finding import FileCoverage, Finding
from lockstep.model.record import Threshold
from lockstep.policy import thresholds
from lockstep.policy.thresholds import Measured
from tests.policy.making import COMPONENTS, coverage

_REQUIRED = Thresholds(lines=85, branches=80)
_APP = "services/orders/app.py"
_LIB = "libs/python/money/money.py"


def _judge(
    *measured: Measured, own: Mapping[str, Thresholds] | None = None, complete: bool = True
) -> tuple[dict[str, Threshold], tuple[Finding, ...]]:
    found, findings = thresholds.judge(measured, COMPONENTS, _REQUIRED, own or {}, complete=complete)
    return {each.component: each for each in found}, findings


def _orders(*files: FileCoverage) -> Measured:
    return Measured("orders", files)


def test_enough_is_met_for_the_component_and_overall() -> None:
    found, findings = _judge(_orders(coverage(_APP, 85, 100, (8, 10))))
    assert found["orders"] == Threshold("orders", 85.0, 80.0, 85, 80, 100, 10, met=True)
    assert (found["*"].met, findings) == (True, ())


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (coverage(_APP, 84, 100, (10, 10)), "lines 84 % of 85 % required, branches 100 % of 80 %"),
        (coverage(_APP, 100, 100, (7, 10)), "branches 70 % of 80 % required; most branches are missing"),
        (coverage(_APP, 8499, 10000), "lines 84.99 %"),
        (coverage(_APP, 849_999, 1_000_000), "lines 84.99 %"),
    ],
)
def test_too_little_is_a_finding_with_figures(file: FileCoverage, says: str) -> None:
    found, findings = _judge(_orders(file))
    assert not found["orders"].met
    assert says in findings[0].message


def test_the_finding_begins_where_most_is_missing() -> None:
    least = coverage("services/orders/b.py", 2, 30)
    files = [
        coverage("services/orders/a.py", 9, 10),
        least,
        *(coverage(f"services/orders/{n}.py", 1, 3) for n in "cde"),
    ]
    _, (found, *_) = _judge(_orders(*files))
    assert str(found.location) == "services/orders/b.py:3"
    assert "services/orders/b.py (28), services/orders/c.py (2), services/orders/d.py (2)" in found.message
    assert "e.py" not in found.message
    assert (found.component, found.anchor) == ("orders", "orders")


def test_missing_branches_have_no_line() -> None:
    _, (found, *_) = _judge(_orders(coverage(_APP, 10, 10, (1, 4))))
    assert str(found.location) == _APP


def test_without_branches_they_are_covered_whole() -> None:
    found, _ = _judge(_orders(coverage(_APP, 10, 10)))
    assert (found["orders"].branches, found["orders"].met) == (100.0, True)


def test_without_lines_the_threshold_is_met() -> None:
    found, findings = _judge(_orders(coverage(_APP, 0, 0)))
    assert (found["orders"].lines, found["orders"].met, findings) == (100.0, True, ())


def test_nothing_measured_is_judged_of_nothing() -> None:
    assert _judge(_orders()) == ({}, ())


def test_a_component_may_ask_for_its_own() -> None:
    found, findings = _judge(
        _orders(coverage(_APP, 50, 100)),
        Measured("money", (coverage(_LIB, 900, 1000),)),
        own={"orders": Thresholds(lines=50, branches=0), "money": Thresholds(lines=95, branches=80)},
    )
    assert (found["orders"].met, found["orders"].lines_required) == (True, 50)
    assert (found["money"].met, found["*"].met) == (False, True)
    assert [each.component for each in findings] == ["money"]


def test_the_repository_as_a_whole_has_the_general_threshold() -> None:
    found, findings = _judge(_orders(coverage(_APP, 50, 100)), own={"orders": Thresholds(lines=50, branches=0)})
    assert not found["*"].met
    assert [(each.component, each.anchor) for each in findings] == [("", "*")]
    assert findings[0].message.startswith("the repository: lines 50 %")


def test_a_single_component_is_told_once() -> None:
    found, findings = _judge(_orders(coverage(_APP, 10, 100)))
    assert (found["*"].met, len(findings)) == (False, 1)


def test_components_and_the_whole_are_told_where_both_fall_short() -> None:
    _, findings = _judge(_orders(coverage(_APP, 10, 100)), Measured("money", (coverage(_LIB, 10, 100),)))
    assert [each.anchor for each in findings] == ["money", "orders", "*"]


def test_a_selection_is_not_judged_as_the_whole() -> None:
    found, _ = _judge(_orders(coverage(_APP, 10, 100)), complete=False)
    assert list(found) == ["orders"]


def test_what_other_components_reach_of_a_tested_component_does_not_count() -> None:
    reached = coverage(_LIB, 100, 100)
    found, _ = _judge(_orders(coverage(_APP, 9, 10), reached), Measured("money", (coverage(_LIB, 10, 100),)))
    assert (found["money"].lines, found["orders"].lines_valid, found["*"].lines_valid) == (10.0, 10, 110)


def test_what_other_components_reach_of_an_untested_component_is_its_coverage() -> None:
    found, _ = _judge(_orders(coverage(_APP, 9, 10), coverage(_LIB, 10, 100)))
    assert (found["money"].lines, found["orders"].lines) == (10.0, 90.0)


def test_a_file_of_no_known_component_counts_for_whoever_ran_it() -> None:
    found, _ = thresholds.judge([_orders(coverage("x.py", 1, 2))], (), _REQUIRED, {}, complete=False)
    assert [each.component for each in found] == ["orders"]


def test_a_file_outside_the_components_is_the_repositorys() -> None:
    found, _ = _judge(Measured("shop", (coverage("tools/x.py", 9, 10), coverage("services/orderst/x.py", 9, 10))))
    assert found["shop"].lines_valid == 20


def _detailed(covered: set[int], missing: set[int], *branches: tuple[int, int, int]) -> FileCoverage:
    return FileCoverage(
        path=_APP,
        lines_valid=len(covered | missing),
        lines_covered=len(covered),
        branches_valid=sum(total for _, _, total in branches),
        branches_covered=sum(taken for _, taken, _ in branches),
        missing=tuple(sorted(missing)),
        covered=tuple(sorted(covered)),
        branches=branches,
    )


def test_versions_add_up_line_by_line_and_branch_by_branch() -> None:
    old = _detailed({1, 2, 5}, {3}, (2, 1, 2), (5, 2, 2))
    new = _detailed({1, 3}, {2, 7}, (2, 2, 2), (3, 0, 2))
    assert thresholds.merge([old, new]) == _detailed({1, 2, 3, 5}, {7}, (2, 2, 2), (3, 0, 2), (5, 2, 2))


def test_without_line_detail_the_best_version_counts() -> None:
    merged = thresholds.merge([coverage(_APP, 8, 10, (1, 4)), coverage(_APP, 6, 10, (3, 4))])
    assert (merged.lines_covered, merged.lines_valid, merged.branches_covered) == (8, 10, 3)
    assert merged.missing == (9, 10)


def test_a_matrix_is_judged_as_one_run() -> None:
    found, _ = _judge(_orders(_detailed({1}, {2})), _orders(_detailed({2}, {1})))
    assert (found["orders"].lines, found["orders"].lines_valid) == (100.0, 2)


_COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair)))
_FILES = st.builds(lambda lines, branches: coverage(_APP, lines[0], lines[1], branches), _COUNTS, _COUNTS)


@given(st.lists(_FILES, min_size=1, max_size=4))
def test_merging_never_covers_more_than_there_is_nor_less_than_the_best(runs: list[FileCoverage]) -> None:
    merged = thresholds.merge(runs)
    assert 0 <= merged.lines_covered <= merged.lines_valid
    assert 0 <= merged.branches_covered <= merged.branches_valid


@given(_FILES, st.floats(0, 100), st.floats(0, 100))
def test_what_is_not_met_is_always_a_finding(file: FileCoverage, lines: float, branches: float) -> None:
    required = Thresholds(lines=lines, branches=branches)
    found, findings = thresholds.judge([_orders(file)], COMPONENTS, required, {}, complete=True)
    assert all(each.met for each in found) == (not findings)
    assert all(each.lines <= 100 and each.branches <= 100 for each in found)
