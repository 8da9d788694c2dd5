"""report.html: one file with everything in it. The page is static; the run is data that its script reads.

The chain of evidence is markup already, so that it can be read where no script runs.

The data stands in a `script` element of a non-executable type; `<` is written as a JSON escape, so that no text in it can
end the element (HTML standard, section 4.12.1.3). The content security policy allows our own style and script by their digests
and nothing else, so hostile text that got past all this could still do nothing.
"""

import base64
import functools
import hashlib
import re
from pathlib import Path

import msgspec

from lockstep.model.finding import FileCoverage
from lockstep.model.lineage import Lineage
from lockstep.model.record import RunRecord
from lockstep.report.coverage_xml import merged
from lockstep.report.lineage import section
from lockstep.report.text import json_bytes
from lockstep.report.words import policy_gate

_ASSETS = Path(__file__).parent / "assets"
# In the order of their imports. The files are ES modules; in the page each becomes a function that returns its exports.
_MODULES = ("dom", "words", "header", "timeline", "gates", "findings", "coverage", "tests", "main")
_IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
_MARK = re.compile(rb"@@(RUN|EVIDENCE|STYLE|STYLE_DIGEST)@@")
_EXPORT = re.compile(r"^export (function (\w+))", re.MULTILINE)


def render(record: RunRecord, lineage: Lineage | None = None) -> bytes:
    """Return the page; `lineage`: what was built and signed, where that is known."""
    gates = (*record.gates, *policy_gate(record))
    artifacts = tuple(msgspec.structs.replace(artifact, parts=()) for artifact in record.artifacts)
    shown = msgspec.structs.replace(
        record, gates=gates, policy=(), coverage=_slim(record.coverage), artifacts=artifacts, sboms=()
    )
    parts = {
        b"RUN": json_bytes(shown).replace(b"<", b"\\u003c"),
        b"EVIDENCE": section(lineage).encode() if lineage else b"",
    }
    return _MARK.sub(lambda mark: parts[mark[1]], _page())


def alone(lineage: Lineage) -> bytes:
    """Return a page with nothing but a lineage."""
    page = (_ASSETS / "lineage.html").read_bytes()
    style = (_ASSETS / "report.css").read_bytes()
    parts = {b"STYLE_DIGEST": _digest(style), b"STYLE": style, b"EVIDENCE": section(lineage).encode()}
    return _MARK.sub(lambda mark: parts[mark[1]], page)


def _slim(coverage: tuple[FileCoverage, ...]) -> tuple[FileCoverage, ...]:
    return tuple(msgspec.structs.replace(file, covered=(), branches=()) for file in merged(coverage))


@functools.cache
def _page() -> bytes:
    style, script = (_ASSETS / "report.css").read_bytes(), _script()
    page = (_ASSETS / "report.html").read_bytes()
    for mark, content in (
        (b"@@STYLE_DIGEST@@", _digest(style)),
        (b"@@SCRIPT_DIGEST@@", _digest(script)),
        (b"@@STYLE@@", style),
        (b"@@SCRIPT@@", script),
    ):
        page = page.replace(mark, content, 1)
    return page


def _script() -> bytes:
    return "\n".join(_bundled(name, (_ASSETS / "js" / f"{name}.js").read_text("utf-8")) for name in _MODULES).encode()


def _bundled(name: str, source: str) -> str:
    exports = ", ".join(match[2] for match in _EXPORT.finditer(source))
    body = _EXPORT.sub(r"\1", _IMPORT.sub(r"const \1 = $\2;", source))
    return f"const ${name} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def _digest(data: bytes) -> bytes:
    """Return a CSP source for inline content (Content Security Policy Level 3, section 2.3.1)."""
    return b"'sha256-" + base64.b64encode(hashlib.sha256(data).digest()) + b"'"
