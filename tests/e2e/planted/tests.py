"""Seven that only running the tests shows; what runs still covers enough, so that no other gate fails."""

from tests.e2e.planted.paths import LIB_SRC, LIB_TESTS, SERVICE_SRC, SERVICE_TESTS
from tests.e2e.planting import Append, Defect, Replace, Write

_ASSERTION = """

def test_three_lamps_cost_what_they_cost() -> None:
    assert Money(250, "CAD").times(3) == Money(700, "CAD")
"""

_EXCEPTION = """

def test_a_record_without_route() -> None:
    record = redact({"status": 200})
    assert record["route"] == "/v1/orders"
"""

_COLLECTION = """\
import importlib

_REFUNDS = importlib.import_module("orders.refunds")


def test_refunds_are_there() -> None:
    assert _REFUNDS.__name__ == "orders.refunds"
"""

_FIXTURE = """

@pytest.fixture
def archive() -> OrderBook:
    raise RuntimeError("the archive is not mounted")


def test_an_archive_is_searched(archive: OrderBook) -> None:
    assert archive.find("acme", "ord_1")
"""

_WARNING = """

def test_an_old_prefix_still_works() -> None:
    warnings.warn("prefixes of two letters go away", DeprecationWarning, stacklevel=1)
    assert is_id("evt", new_id("evt", milliseconds=0, entropy=_ZEROS))
"""

TESTS = (
    Defect(
        id="tests-assertion",
        gate="unit-tests",
        path=f"{LIB_TESTS}/test_money.py",
        rule="",
        at=("def test_three_lamps_cost_what_they_cost", 'Money(700, "CAD")'),
        edits=(Append(f"{LIB_TESTS}/test_money.py", _ASSERTION),),
    ),
    Defect(
        id="tests-exception",
        gate="unit-tests",
        path=f"{LIB_TESTS}/test_logs.py",
        rule="",
        at=("def test_a_record_without_route", 'assert record["route"]'),
        edits=(Append(f"{LIB_TESTS}/test_logs.py", _EXCEPTION),),
    ),
    Defect(
        id="tests-import-at-collection",
        gate="unit-tests",
        path=f"{SERVICE_TESTS}/test_refunds.py",
        rule="",
        at=("import importlib", "_REFUNDS = importlib"),
        edits=(Write(f"{SERVICE_TESTS}/test_refunds.py", _COLLECTION),),
    ),
    Defect(
        id="tests-fixture",
        gate="unit-tests",
        path=f"{SERVICE_TESTS}/test_book.py",
        rule="",
        at=("def test_an_archive_is_searched", "def archive()", "the archive is not mounted"),
        edits=(Append(f"{SERVICE_TESTS}/test_book.py", _FIXTURE),),
    ),
    Defect(
        id="tests-warning",
        gate="unit-tests",
        path=f"{LIB_TESTS}/test_ids.py",
        rule="",
        at=("def test_an_old_prefix_still_works", "warnings.warn("),
        edits=(
            Replace(f"{LIB_TESTS}/test_ids.py", "import pytest\n", "import warnings\n\nimport pytest\n"),
            Append(f"{LIB_TESTS}/test_ids.py", _WARNING),
        ),
    ),
    Defect(
        id="tests-library-breaks-service",
        gate="unit-tests",
        path=f"{SERVICE_TESTS}/test_book.py",
        rule="",
        at=("def test_a_new_order_is_taken_and_told", 'placement.order.order_id.startswith("ord_")'),
        edits=(Replace(f"{LIB_SRC}/ids.py", '_SEPARATOR = "_"', '_SEPARATOR = "-"'),),
    ),
    Defect(
        id="tests-service-logic",
        gate="unit-tests",
        path=f"{SERVICE_TESTS}/test_book.py",
        rule="",
        at=("def test_a_key_is_not_used_for_another_order", "with pytest.raises(KeyReusedError"),
        edits=(Replace(f"{SERVICE_SRC}/book.py", "elif order.draft != draft:", "elif order.draft == draft:"),),
    ),
)
