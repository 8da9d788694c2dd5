"""Whatever a trusted signer says, a chain is judged and drawn; nothing ends in a bug."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockstep.evidence import picture
from lockstep.report import html, tree
from tests.evidence.making import Json, by_key, cast, edited, gate, provenance, sbom, world

_SAID = {"lint.sigstore.json": gate("lint"), "provenance.sigstore.json": provenance(), "sbom.intoto.json": sbom()}
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON value
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield from _paths(inner, (*path, key))


_PLACES = [(name, path) for name, statement in _SAID.items() for path in _paths(statement)]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(_PLACES), value=_VALUES)
def test_any_value_anywhere_is_judged(roots: Path, place: tuple[str, tuple[str | int, ...]], value: object) -> None:
    name, path = place
    made: Json = edited(_SAID[name], *path, to=value)
    here = world(roots)
    here.files[name] = by_key(cast().ci, made)
    chain = here.verify()
    assert all(broken.what and broken.why for broken in chain.broken)
    found = picture.lineage(chain, here.loaded(), picture.Asked("policy.json", ("evidence",)))
    assert list(tree.lines(tree.tree(found)))
    assert html.alone(found)
