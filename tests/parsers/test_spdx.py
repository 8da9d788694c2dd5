"""SPDX expressions against an allow list."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.parsers import spdx

ALLOW = frozenset({"MIT", "Apache-2.0", "GPL-2.0-only", "LicenseRef-Acme", "GPL-3.0-only WITH GCC-exception-3.1"})


def allowed(text: str) -> bool:
    node = spdx.parse(text)
    return node is not None and spdx.allows(node, ALLOW)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("MIT", True),
        ("mit", True),
        ("ISC", False),
        ("MIT OR ISC", True),
        ("ISC OR MIT", True),
        ("ISC OR Zlib", False),
        ("MIT AND ISC", False),
        ("MIT AND Apache-2.0", True),
        ("(ISC OR MIT) AND (Apache-2.0 OR Zlib)", True),
        ("(ISC AND MIT) OR Zlib", False),
        ("MIT AND ISC OR MIT", True),  # AND binds tighter
        ("MIT OR Nonsense-1.0", True),
        ("MIT AND Nonsense-1.0", False),
        ("LicenseRef-Acme", True),
        ("LicenseRef-Other", False),
        ("GPL-2.0-or-later", True),
        ("GPL-2.0+", True),
        ("GPL-3.0-or-later", False),
        ("GPL-2.0", True),
        ("", False),
        ("MIT OR", False),
        ("()", False),
        ("MIT ISC", False),
        ("UNLICENSED", False),
        ("MIT" + " OR MIT" * 500, False),
        ("(" * 900 + "MIT OR ISC", False),
    ],
)
def test_or_is_a_choice_and_and_needs_all(text: str, verdict: bool) -> None:  # noqa: FBT001 - a table
    assert allowed(text) is verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Apache-2.0 WITH LLVM-exception", True),  # an exception permits more than its licence
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", True),
        ("GPL-3.0-only WITH GCC-exception-3.1", True),  # allowed as it stands
        ("GPL-3.0-only", False),
        ("GPL-3.0-only WITH Classpath-exception-2.0", False),
        ("Apache-2.0 WITH Commons-Clause", False),  # no exception that SPDX knows: it may take away
        ("MIT WITH MIT", False),
        ("Classpath-exception-2.0", False),
    ],
)
def test_exceptions(text: str, verdict: bool) -> None:  # noqa: FBT001 - a table
    assert allowed(text) is verdict


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("MIT License", "MIT"),
        ("The MIT License", "MIT"),
        ("BSD", "BSD-3-Clause"),
        ("BSD 2-Clause License", "BSD-2-Clause"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache Software License", "Apache-2.0"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
        ("GNU Lesser General Public License v2 (LGPLv2)", "LGPL-2.0-only"),
        ("MIT No Attribution License (MIT-0)", "MIT-0"),
        ("ISC License (ISCL)", "ISC"),
        ("GPL3", "GPL-3.0-only"),
        ("GPL v2 or later", "GPL-2.0-or-later"),
        ("GPLv2+", "GPL-2.0-or-later"),
        ("Public Domain", ""),
        ("Other/Proprietary License", ""),
        ("", ""),
    ],
)
def test_what_people_write(text: str, identifier: str) -> None:
    assert spdx.named(text) == identifier


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("mit or (apache-2.0 and Zlib)", "MIT OR (Apache-2.0 AND Zlib)"),
        ("Apache 2.0 OR BSD", "Apache-2.0 OR BSD-3-Clause"),
        ("GPL-2.0+ with Classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
    ],
)
def test_expressions_are_shown_as_spdx_spells_them(text: str, rendered: str) -> None:
    assert spdx.rendered(spdx.parse(text)) == rendered


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("MIT OR Zlib", ()),
        ("MIT AND LicenseRef-Other", ()),
        ("MIT AND PSF", ()),
        ("MIT OR Nonsense-1.0", ("Nonsense-1.0",)),
        ("SEE LICENSE IN TERMS.md", ("SEE LICENSE IN TERMS.md",)),
        ("MIT WITH Commons-Clause", ("MIT WITH Commons-Clause",)),
    ],
)
def test_what_spdx_does_not_know(text: str, names: tuple[str, ...]) -> None:
    assert spdx.unknown(spdx.parse(text)) == names


LEAVES = st.sampled_from(["MIT", "Apache-2.0", "ISC", "Zlib", "GPL-3.0-only", "MPL-2.0"])
# An expression as text, and what it means as a function of the allow list.
Meant = tuple[str, Callable[[frozenset[str]], bool]]


def _joined(word: str, both: Callable[[bool, bool], bool]) -> Callable[[tuple[Meant, Meant]], Meant]:
    def join(sides: tuple[Meant, Meant]) -> Meant:
        (left, means_left), (right, means_right) = sides
        return f"({left} {word} {right})", lambda allow: both(means_left(allow), means_right(allow))

    return join


def _deeper(inner: st.SearchStrategy[Meant]) -> st.SearchStrategy[Meant]:
    pairs = st.tuples(inner, inner)
    return pairs.map(_joined("OR", lambda a, b: a or b)) | pairs.map(_joined("AND", lambda a, b: a and b))


EXPRESSIONS: st.SearchStrategy[Meant] = st.recursive(
    LEAVES.map(lambda name: (name, lambda allow: name in allow)), _deeper, max_leaves=12
)


@given(EXPRESSIONS, st.frozensets(LEAVES))
def test_any_expression_means_what_its_operators_say(expression: Meant, allow: frozenset[str]) -> None:
    text, means = expression
    node = spdx.parse(text)
    assert spdx.allows(node, allow) == means(allow)
    assert spdx.allows(spdx.parse(spdx.rendered(node)), allow) == means(allow)


@given(EXPRESSIONS, st.frozensets(LEAVES), LEAVES)
def test_a_longer_list_never_allows_less(expression: Meant, allow: frozenset[str], more: str) -> None:
    node = spdx.parse(expression[0])
    assert spdx.allows(node, allow | {more}) >= spdx.allows(node, allow)


@given(st.text() | st.text(alphabet="MITANDORWH()+-. /"), st.frozensets(LEAVES))
def test_any_text_is_answered(text: str, allow: frozenset[str]) -> None:
    node = spdx.parse(text)
    if node is not None:
        assert spdx.allows(node, allow) in {True, False}
        assert isinstance(spdx.rendered(node), str)
        assert not (spdx.unknown(node) and spdx.allows(node, frozenset()))


def test_several_threads_may_ask_as_soon_as_the_list_is_read() -> None:
    program = """
import sys, threading
from lockstep.parsers import spdx
sys.setswitchinterval(1e-6)
spdx._licensing()
gate, found = threading.Barrier(8), []
def ask(number):
    gate.wait()
    found.append(spdx.parse(f"MIT OR Apache-2.0{' ' * number}") is not None)
threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
[each.start() for each in threads]
[each.join() for each in threads]
print(found.count(True))
"""
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    assert done.stdout == "8\n"
