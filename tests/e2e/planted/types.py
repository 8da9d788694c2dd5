"""Seven that only the type checker sees: each runs, passes its tests and is well formed."""

from tests.e2e.planted.paths import LIB_SRC, SERVICE_SRC, SERVICE_TESTS
from tests.e2e.planting import Append, Defect, Replace

_BAD_TEST = """

def test_an_order_that_never_was(book: OrderBook) -> None:
    with pytest.raises(UnknownOrderError, match="no order 7"):
        book.find("acme", 7)
"""

TYPES = (
    Defect(
        id="types-wrong-argument",
        gate="types",
        path=f"{SERVICE_SRC}/api.py",
        rule="arg-type",
        at=('given.get("traceparent"))',),
        edits=(Replace(f"{SERVICE_SRC}/api.py", 'given.get("traceparent", "")', 'given.get("traceparent")'),),
    ),
    Defect(
        id="types-missing-return",
        gate="types",
        path=f"{SERVICE_SRC}/access_log.py",
        rule="return",
        at=("def write(",),
        edits=(Replace(f"{SERVICE_SRC}/access_log.py", ') -> None:\n    """Write one', ') -> int:\n    """Write one'),),
    ),
    Defect(
        id="types-library-breaks-service",
        gate="types",
        path=f"{SERVICE_SRC}/access_log.py",
        rule="return-value",
        at=("return redact(fields, PERSONAL_KEYS)",),
        edits=(
            Replace(
                f"{LIB_SRC}/logs.py",
                "def redact(record: Mapping[str, object], extra: Collection[str] = ()) -> dict[str, object]:\n",
                "def redact(record: Mapping[str, object], extra: Collection[str] = ()) -> Mapping[str, object]:\n",
            ),
        ),
    ),
    Defect(
        id="types-untyped-function",
        gate="types",
        path=f"{LIB_SRC}/money.py",
        rule="no-untyped-def",
        at=("def exponent(currency):",),
        edits=(
            Replace(
                f"{LIB_SRC}/money.py",
                "def exponent(currency: str) -> int:\n",
                "def exponent(currency):  # noqa: ANN001, ANN201\n",
            ),
        ),
    ),
    Defect(
        id="types-bare-generic",
        gate="types",
        path=f"{SERVICE_SRC}/api.py",
        rule="type-arg",
        at=("    handlers: dict",),
        edits=(Replace(f"{SERVICE_SRC}/api.py", "    handlers: dict[str, Handler]\n", "    handlers: dict\n"),),
    ),
    Defect(
        id="types-bad-test",
        gate="types",
        path=f"{SERVICE_TESTS}/test_book.py",
        rule="arg-type",
        at=('book.find("acme", 7)',),
        edits=(Append(f"{SERVICE_TESTS}/test_book.py", _BAD_TEST),),
    ),
    Defect(
        id="types-needless-ignore",
        gate="types",
        path=f"{LIB_SRC}/ids.py",
        rule="unused-ignore",
        at=("# type: ignore[attr-defined]",),
        edits=(
            Replace(
                f"{LIB_SRC}/ids.py",
                '_PREFIX = re.compile(r"[a-z]{2,8}")\n',
                '_PREFIX = re.compile(r"[a-z]{2,8}")  # type: ignore[attr-defined]\n',
            ),
        ),
    ),
)
