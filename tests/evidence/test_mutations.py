"""No byte of any envelope, bundle or record can be changed, added or taken away.

One may: the line feed at the end of a file, which some programs write and some do not.
"""

from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.evidence.making import World
from tests.evidence.making import world as intact

_FILES = ("lint.sigstore.json", "provenance.sigstore.json", "sbom.intoto.json", "signature.json", "run.json")


def _changed(data: bytes, place: float, byte: int, how: str) -> bytes:
    at = min(int(place * len(data)), len(data) - 1)
    new = bytes([byte])
    if how == "replaced":
        new = new if new != data[at : at + 1] else bytes([byte ^ 1])
        return data[:at] + new + data[at + 1 :]
    return data[:at] + new + data[at:] if how == "added" else data[:at] + data[at + 1 :]


def _mutated(world: World, name: str, place: float, byte: int, how: str) -> World:
    files = world.records if name == "run.json" else world.files
    key = "" if name == "run.json" else name
    files[key] = _changed(files[key], place, byte, how)
    return world


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(_FILES),
    place=st.floats(0, 1),
    byte=st.one_of(st.sampled_from(b' \t\n\r"\\,:{}[]0=Aa+/'), st.integers(0, 255)),
    how=st.sampled_from(["replaced", "added", "removed"]),
)
def test_no_change_of_a_byte_is_accepted(roots: Path, name: str, place: float, byte: int, how: str) -> None:
    world = _mutated(intact(roots), name, place, byte, how)
    assume(name == "run.json" or world.files[name] + b"\n" != intact(roots).files[name])
    assert world.verify().broken
