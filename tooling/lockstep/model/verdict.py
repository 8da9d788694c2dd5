"""What a gate, check or action ends as, and how verdicts combine."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The five ends. Only `passed` is a pass; `errored` and `unavailable` are never cached and never evidence."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    UNAVAILABLE = "unavailable"
    NOT_APPLICABLE = "not-applicable"


_WORST_FIRST = (Verdict.ERRORED, Verdict.FAILED, Verdict.UNAVAILABLE, Verdict.PASSED)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of `verdicts`: errored, failed, unavailable, passed; not-applicable where none ran."""
    present = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in present), Verdict.NOT_APPLICABLE)
