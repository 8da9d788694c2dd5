"""SPDX licence expressions: read, and judged by an allow list. Pure; never raises on any text.

https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

_LONGEST = 1000
_NOISE = frozenset({"the", "license", "licence", "licensed", "version", "under", "software", "gnu"})
_WORD = re.compile(r"[a-z0-9.+]+")
_ABBREVIATED = re.compile(r"\(([^()]+)\)\s*$")
_LATER = re.compile(r"\+$| or later$")
_VERSION = re.compile(r"^v(\d)")

# What people write instead of an identifier, without the words of `_NOISE`. A name that leaves it open which licence of
# a family is meant is read as the strictest of it; one that leaves the version open is read as "any", as the GPL says.
_NAMES = {
    "0bsd": "0BSD",
    "3 clause bsd": "BSD-3-Clause",
    "affero general public 3": "AGPL-3.0-only",
    "agpl 3": "AGPL-3.0-only",
    "agpl3": "AGPL-3.0-only",
    "agplv3": "AGPL-3.0-only",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "boost 1.0": "BSL-1.0",
    "bsd 2 clause": "BSD-2-Clause",
    "bsd 2": "BSD-2-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "bsd 3": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "cnri python": "CNRI-Python",
    "eclipse public 2.0": "EPL-2.0",
    "expat": "MIT",
    "general public 2": "GPL-2.0-only",
    "general public 3": "GPL-3.0-only",
    "gpl 2": "GPL-2.0-only",
    "gpl 2.0": "GPL-2.0-only",
    "gpl 3": "GPL-3.0-only",
    "gpl 3.0": "GPL-3.0-only",
    "gpl": "GPL-1.0-or-later",
    "gpl2": "GPL-2.0-only",
    "gpl3": "GPL-3.0-only",
    "gplv2": "GPL-2.0-only",
    "gplv3": "GPL-3.0-only",
    "hpnd": "HPND",
    "isc iscl": "ISC",
    "isc": "ISC",
    "lgpl 2.1": "LGPL-2.1-only",
    "lgpl 3": "LGPL-3.0-only",
    "lgpl": "LGPL-2.0-or-later",
    "lgpl2.1": "LGPL-2.1-only",
    "lgpl3": "LGPL-3.0-only",
    "lgplv2": "LGPL-2.0-only",
    "lgplv2.1": "LGPL-2.1-only",
    "lgplv3": "LGPL-3.0-only",
    "mit x11": "MIT",
    "mit": "MIT",
    "modified bsd": "BSD-3-Clause",
    "mozilla public 2.0 mpl 2.0": "MPL-2.0",
    "mozilla public 2.0": "MPL-2.0",
    "mpl 2": "MPL-2.0",
    "mpl 2.0": "MPL-2.0",
    "mpl2": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "psf 2.0": "PSF-2.0",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "python foundation": "PSF-2.0",
    "simplified bsd": "BSD-2-Clause",
    "unlicense": "Unlicense",
    "upl": "UPL-1.0",
    "wtfpl": "WTFPL",
    "zlib libpng": "Zlib",
    "zlib": "Zlib",
    "zpl 2.1": "ZPL-2.1",
}


@lru_cache(maxsize=4096)
def parse(text: str) -> Any | None:  # noqa: ANN401 - a node of license_expression, which declares no types
    """Return the expression, or what a well-known name stands for; None where it is neither."""
    if not text.strip() or len(text) > _LONGEST:
        return None
    try:
        return _licensing().parse(named(text) or text)
    except Exception:  # noqa: BLE001 - any text may come in, and the library raises whatever it runs into
        return None


def named(text: str) -> str:
    """Return the SPDX identifier that a well-known name stands for, "" where it is none.

    A name may end with its abbreviation in brackets, as those of Python's classifiers do.
    """
    short = _ABBREVIATED.search(text)
    return _listed(text) or (short and (_listed(short[1]) or _identifier(short[1]))) or ""


def _listed(text: str) -> str:
    words = (word.rstrip(".") for word in _WORD.findall(text.lower()))
    plain = " ".join(_VERSION.sub(r"\1", word) for word in words if word not in _NOISE)
    version = _LATER.sub("", plain)
    known = _NAMES.get(version, "")
    return known if version == plain else known.replace("-only", "-or-later")


def _identifier(text: str) -> str:
    return text if _is_known(text, exception=False) else ""


def rendered(node: Any) -> str:  # noqa: ANN401 - as above
    """Return the expression with its identifiers as SPDX spells them."""
    kind = _licensing()
    if isinstance(node, kind.AND | kind.OR):
        word = " AND " if isinstance(node, kind.AND) else " OR "
        return word.join(_bracketed(each) for each in node.args)
    return _leaf(node)


def allows(node: Any, allow: Collection[str]) -> bool:  # noqa: ANN401 - as above
    """Whether the allow list accepts the expression.

    OR is the receiver's choice, so one side is enough; AND needs all. "Or later" is a choice too: that very version may
    be taken. An exception only ever permits more: a licence that is allowed is allowed WITH any of them, and one that
    is not may be listed together with one exception.
    """
    kind = _licensing()
    if isinstance(node, kind.OR):
        return any(allows(each, allow) for each in node.args)
    if isinstance(node, kind.AND):
        return all(allows(each, allow) for each in node.args)
    name = _leaf(node)
    plain = name.partition(" WITH ")[0]
    stands = plain in allow or plain.replace("-or-later", "-only") in allow
    return name in allow or (stands and not unknown(node))


def unknown(node: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """Return the identifiers in the expression that SPDX does not know, references to other texts apart."""
    kind = _licensing()
    if isinstance(node, kind.AND | kind.OR):
        return tuple(name for each in node.args for name in unknown(each))
    name = _leaf(node)
    parts = name.split(" WITH ")
    well = _is_known(parts[0], exception=False) and all(_is_known(part, exception=True) for part in parts[1:])
    return () if well else (name,)


def _is_known(name: str, *, exception: bool) -> bool:
    symbol = _licensing().known_symbols.get(name)
    return name.startswith(("LicenseRef-", "DocumentRef-")) or (symbol is not None and symbol.is_exception == exception)


def _leaf(node: Any) -> str:  # noqa: ANN401 - as above
    text = str(node.render())
    return named(text) or text


def _bracketed(node: Any) -> str:  # noqa: ANN401 - as above
    kind = _licensing()
    return f"({rendered(node)})" if isinstance(node, kind.AND | kind.OR) else rendered(node)


@lru_cache(maxsize=1)
def _licensing() -> Any:  # noqa: ANN401 - as above
    # Imported on first use: it reads its list of licences.
    from license_expression import get_spdx_licensing  # type: ignore[import-untyped]  # noqa: PLC0415

    licensing = get_spdx_licensing()
    # Else the first expression builds it, and reads of other threads meanwhile find it half built.
    licensing.get_advanced_tokenizer()
    return licensing
