r"""Text that comes from tools and file names, made fit for where it is shown.

Two kinds of trouble: surrogates (bytes that were not UTF-8) cannot be encoded at all, and control characters
would act on a terminal, break XML or reorder what a reader sees. Both become visible escapes such as `\x1b`.
"""

import re

import msgspec

# All but tab and line feed: C0, DEL, C1, line and paragraph separators, bidirectional controls, surrogates, non-characters.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_ESCAPED_BYTE = range(0xDC80, 0xDD00)


def encodable(text: str) -> str:
    r"""Return `text` fit for UTF-8: an escaped byte becomes `\xNN`, any other surrogate `\uNNNN`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", _escape, text)
    return text


def visible(text: str) -> str:
    """Return `text` with nothing in it that acts: control characters and surrogates as escapes, CRLF as LF."""
    if text.isascii() and text.isprintable():
        return text
    return _ACTIVE.sub(_escape, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 0) -> str:
    """Return `visible` text with white space folded, and cut to `limit` characters with an ellipsis (0: not cut)."""
    folded = " ".join(visible(text).split())
    return folded if not limit or len(folded) <= limit else folded[: max(1, limit) - 1] + "…"


def json_bytes(value: object) -> bytes:
    """Return `value` (JSON-like, or the record) as UTF-8 JSON, with every text made `encodable` where one is not."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_cleaned(msgspec.to_builtins(value)))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _ESCAPED_BYTE:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"  # noqa: PLR2004 - one byte
