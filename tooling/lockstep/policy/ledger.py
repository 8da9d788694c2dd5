"""waivers.toml edited as text, so that its comments stay.

Every edit is read back: where the file is written in a way that cannot be edited like this, it is refused.
"""

import json
import re
from collections.abc import Collection, Sequence

import msgspec

from lockstep.errors import ConfigError
from lockstep.policy.waivers import FILE, Waiver, parse

_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def added(text: str, waiver: Waiver, comment: str) -> str:
    """Return the file's text with one more waiver at its end, under a one-line `comment`.

    Raises:
        ConfigError: the finding is waived already, or the file cannot be edited as text.
    """
    items = parse(text.encode()).items
    for item in items:
        if item.key == waiver.key:
            where = f"{FILE}:{item.line}"
            remedy = "edit that waiver, or remove it first (waivers.prune removes those that expired)"
            raise ConfigError(f"{waiver.gate} has a waiver of this finding already", where=where, remedy=remedy)
    end = "\r\n" if "\r\n" in text else "\n"
    block = (
        f"# {_one_line(comment)}",
        "[[waiver]]",
        *(f"{name} = {_string(getattr(waiver, name))}" for name in ("fingerprint", "gate", "owner", "reason")),
        f"expires = {waiver.expires.isoformat()}",
        *((f"note = {_string(waiver.note)}",) if waiver.note else ()),
    )
    before = text.rstrip() + end * 2 if text.strip() else ""
    return _checked(before + end.join(block) + end, (*items, waiver))


def removed(text: str, keys: Collection[str]) -> str:
    """Return the file's text without the waivers with those keys, and without the comments right above them.

    Raises:
        ConfigError: the file cannot be read, or not be edited as text.
    """
    items = parse(text.encode()).items
    lines = _LINES.findall(text)
    gone = {n for item, block in zip(items, _blocks(lines, items), strict=True) if item.key in keys for n in block}
    left = "".join(line for number, line in enumerate(lines) if number not in gone)
    return _checked(left, [item for item in items if item.key not in keys])


def _blocks(lines: Sequence[str], items: Sequence[Waiver]) -> list[range]:
    """Return the line indexes of each waiver: its comments, its table, and the blank lines after it."""
    if not items:
        return []
    starts = [_start(lines, item.line - 1) for item in items]
    return [
        range(start, _end(lines, item.line - 1, limit))
        for item, start, limit in zip(items, starts, [*starts[1:], len(lines)], strict=True)
    ]


def _start(lines: Sequence[str], header: int) -> int:
    while header and lines[header - 1].lstrip().startswith("#"):
        header -= 1
    return header


def _end(lines: Sequence[str], header: int, limit: int) -> int:
    """Return where the table ends: after its last value and what comments touch it, and then the blank lines."""
    values = [n for n in range(header, limit) if lines[n].strip() and not lines[n].lstrip().startswith("#")]
    end = values[-1] + 1 if values else limit
    while end < limit and lines[end].lstrip().startswith("#"):
        end += 1
    while end < limit and not lines[end].strip():
        end += 1
    return end


def _checked(text: str, expected: Sequence[Waiver]) -> str:
    """Return `text` if it holds exactly the waivers `expected`, lines aside."""
    why = ""
    try:
        found = parse(text.encode()).items
    except ConfigError as error:
        why = error.why or error.what
    else:
        if [_bare(item) for item in found] == [_bare(item) for item in expected]:
            return text
    raise ConfigError(
        f"{FILE} cannot be edited by this command", where=FILE, why=why, remedy="edit it by hand, as [[waiver]] tables"
    )


def _bare(item: Waiver) -> Waiver:
    return msgspec.structs.replace(item, line=0)


def _string(text: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's, but TOML wants DEL escaped too."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
