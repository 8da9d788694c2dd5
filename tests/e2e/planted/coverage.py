"""Six that leave code untested; everything is well formed, well typed, and every test that runs passes."""

import json

from tests.e2e.planted.paths import LIB, LIB_SRC, LIB_TESTS, SERVICE, SERVICE_SRC, SERVICE_TESTS
from tests.e2e.planting import Append, Defect, Delete, Edit, Replace, Write

_PROVINCES = ("ab", "bc", "mb", "nb", "nl", "ns", "nt", "nu", "on", "pe", "qc", "sk", "yt")
_KINDS = ("goods", "services")
_MARKS = ("email", "phone", "street", "city", "postcode", "passport", "iban", "badge")


def _untested_module() -> str:
    """Return a module of 26 functions, far more than a sixth of the service."""
    functions = "".join(
        f'''

def tax_{province}_{kind}(amount: int, exempt: int, rate: int) -> int:
    """Return the tax on {kind} in {province.upper()}, in minor units."""
    taxed = amount - exempt
    if taxed <= 0:
        return 0
    return taxed * rate // 100
'''
        for province in _PROVINCES
        for kind in _KINDS
    )
    return '"""Sales tax by province."""\n' + functions


def _half_tested_module() -> str:
    """Return a module whose every line runs in `_half_test`, and half of whose branches do."""
    tests = "".join(f'    if "{mark}" in record:\n        found.append("{mark}")\n' for mark in _MARKS)
    head = '"""What in a record points at a person."""\n\n\ndef personal(record: dict[str, str]) -> list[str]:\n'
    summary = '    """Return the keys of `record` that point at a person."""\n    found: list[str] = []\n'
    return head + summary + tests + "    return found\n"


_HALF_TEST = f"""\
from common.marks import personal

EVERYTHING = {json.dumps(_MARKS)}


def test_everything_is_found() -> None:
    assert personal(dict.fromkeys(EVERYTHING, "x")) == EVERYTHING
"""

_UNTESTED_FUNCTION = '''

def is_free(money: Money) -> bool:
    """Return whether nothing is to be paid."""
    return money.minor == 0
'''


def _defect(name: str, component: str, *edits: Edit) -> Defect:
    return Defect(id=f"coverage-{name}", gate="coverage-threshold", path=component, rule="", edits=edits)


COVERAGE = (
    _defect("untested-module", SERVICE, Write(f"{SERVICE_SRC}/tax.py", _untested_module())),
    _defect(
        "untested-branches",
        LIB,
        Write(f"{LIB_SRC}/marks.py", _half_tested_module()),
        Write(f"{LIB_TESTS}/test_marks.py", _HALF_TEST),
    ),
    _defect("deleted-service-test", SERVICE, Delete(f"{SERVICE_TESTS}/test_api.py")),
    _defect("deleted-library-test", LIB, Delete(f"{LIB_TESTS}/test_money.py")),
    _defect(
        "skipped-tests",
        LIB,
        Replace(
            f"{LIB_TESTS}/test_ids.py",
            "_ZEROS = bytes(ENTROPY_BYTES)\n",
            'pytestmark = pytest.mark.skip(reason="slow on old machines")\n_ZEROS = bytes(ENTROPY_BYTES)\n',
        ),
    ),
    _defect(
        "raised-threshold",
        LIB,
        Replace("lockstep.toml", "lines = 85", "lines = 100"),
        Append(f"{LIB_SRC}/money.py", _UNTESTED_FUNCTION),
    ),
)
