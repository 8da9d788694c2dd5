"""One run record, in every form that a reader or a machine wants. Renderers are pure; `write` is the only one that writes."""

from collections.abc import Callable
from pathlib import Path

from lockstep.host.files import write_atomic
from lockstep.model.event import Event, Observer
from lockstep.model.lineage import Lineage
from lockstep.model.record import RunRecord
from lockstep.report import coverage_xml, html, junit, run_json, sarif, summary

# run.json comes first: whatever happens to the rest, the record stays.
WRITERS: tuple[tuple[str, Callable[[RunRecord], bytes]], ...] = (
    ("run.json", run_json.render),
    ("results.sarif", sarif.render),
    ("junit.xml", junit.render),
    ("coverage.xml", coverage_xml.render),
    ("summary.md", summary.render),
)
PAGE = "report.html"


def write(record: RunRecord, folder: Path) -> None:
    """Write every report of `record` but the page into `folder` (made if missing), each atomically.

    Raises:
        RunError: a file cannot be written; those written before it stay.
    """
    for name, render in WRITERS:
        write_atomic(folder / name, render(record))


def write_page(record: RunRecord, folder: Path, lineage: Lineage) -> None:
    """Write the page, which also shows what was signed: that is about the record, so the record is written before.

    Raises:
        RunError: the file cannot be written.
    """
    write_atomic(folder / PAGE, html.render(record, lineage))


def fan_out(*observers: Observer) -> Observer:
    """Return an observer that hands each event to all of `observers`, in order."""

    def tell(event: Event, /) -> None:
        for observer in observers:
            observer(event)

    return tell
