"""report.html: one file with everything in it. The page is static; the run is data that its script reads.

The data stands in a `script` element of a non-executable type; `<` is written as a JSON escape, so that no text in it can
end the element (HTML standard, section 4.12.1.3). The content security policy allows our own style and script by their digests
and nothing else, so hostile text that got past all this could still do nothing.
"""

import base64
import functools
import hashlib
from pathlib import Path

import msgspec

from lockstep.model.finding import FileCoverage
from lockstep.model.record import RunRecord
from lockstep.report.text import json_bytes

_ASSETS = Path(__file__).parent / "assets"


def render(record: RunRecord) -> bytes:
    """Return the page."""
    data = json_bytes(msgspec.structs.replace(record, coverage=_slim(record.coverage)))
    return _page().replace(b"@@RUN@@", data.replace(b"<", b"\\u003c"), 1)


def _slim(coverage: tuple[FileCoverage, ...]) -> tuple[FileCoverage, ...]:
    return tuple(msgspec.structs.replace(file, covered=(), branches=()) for file in coverage)


@functools.cache
def _page() -> bytes:
    style, script = ((_ASSETS / name).read_bytes() for name in ("report.css", "report.js"))
    page = (_ASSETS / "report.html").read_bytes()
    for mark, content in (
        (b"@@STYLE_DIGEST@@", _digest(style)),
        (b"@@SCRIPT_DIGEST@@", _digest(script)),
        (b"@@STYLE@@", style),
        (b"@@SCRIPT@@", script),
    ):
        page = page.replace(mark, content, 1)
    return page


def _digest(data: bytes) -> bytes:
    """Return a CSP source for inline content (Content Security Policy Level 3, section 2.3.1)."""
    return b"'sha256-" + base64.b64encode(hashlib.sha256(data).digest()) + b"'"
