"""XML 1.0 as text, built without a parser's weight: attributes and text are always escaped and always legal."""

from collections.abc import Iterable, Mapping

from lockstep.report.text import visible

HEADER = '<?xml version="1.0" encoding="utf-8"?>\n'
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


def text(value: str) -> str:
    """Return `value` as character data (XML 1.0 sections 2.2 and 2.4)."""
    return visible(value).translate(_TEXT)


def element(name: str, attributes: Mapping[str, object], content: Iterable[str] = ()) -> str:
    """Return an element; `content` is XML already, None among the attributes means absent."""
    head = name + "".join(
        f' {key}="{visible(str(value)).translate(_ATTRIBUTE)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    return f"<{head}>{inner}</{name}>\n" if inner else f"<{head}/>\n"


def document(root: str) -> bytes:
    """Return a whole document with one `root` element."""
    return (HEADER + root).encode()
