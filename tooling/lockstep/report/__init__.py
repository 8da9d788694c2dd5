"""One run record, in every form that a reader or a machine wants. Renderers are pure; `write` is the only one that writes."""

from collections.abc import Callable
from pathlib import Path

from lockstep.host.files import write_atomic
from lockstep.model.event import Event, Observer
from lockstep.model.record import RunRecord
from lockstep.report import coverage_xml, html, junit, run_json, sarif, summary

# run.json comes first: whatever happens to the rest, the record stays.
WRITERS: tuple[tuple[str, Callable[[RunRecord], bytes]], ...] = (
    ("run.json", run_json.render),
    ("results.sarif", sarif.render),
    ("junit.xml", junit.render),
    ("coverage.xml", coverage_xml.render),
    ("summary.md", summary.render),
    ("report.html", html.render),
)


def write(record: RunRecord, folder: Path) -> None:
    """Write every report of `record` into `folder` (made if missing), each atomically.

    Raises:
        RunError: a file cannot be written; those written before it stay.
    """
    for name, render in WRITERS:
        write_atomic(folder / name, render(record))


def fan_out(*observers: Observer) -> Observer:
    """Return an observer that hands each event to all of `observers`, in order."""

    def tell(event: Event, /) -> None:
        for observer in observers:
            observer(event)

    return tell
