"""No byte of any envelope, bundle or record can be changed, added or taken away.

One may: the line feed at the end of a file, which some programs write and some do not.
"""

from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.evidence.making import World, by_certificate, cast, provenance, rekor_v1, rekor_v2
from tests.evidence.making import world as intact

_PROVENANCE = "provenance.sigstore.json"
_FILES = ("lint.sigstore.json", _PROVENANCE, "sbom.intoto.json", "signature.json", "run.json")
_LOGGED = {
    "in Rekor v1": by_certificate(provenance(), stamped=None, logged=rekor_v1, ct=cast().ct),
    "in Rekor v2": by_certificate(provenance(), logged=rekor_v2, ct=cast().ct),
}


def _changed(data: bytes, place: float, byte: int, how: str) -> bytes:
    at = min(int(place * (len(data) + 1)), len(data) - (how != "added"))
    new = bytes([byte])
    if how == "replaced":
        new = new if new != data[at : at + 1] else bytes([byte ^ 1])
        return data[:at] + new + data[at + 1 :]
    return data[:at] + new + data[at:] if how == "added" else data[:at] + data[at + 1 :]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from((*_FILES, *_LOGGED)),
    place=st.floats(0, 1),
    byte=st.one_of(st.sampled_from(b' \t\n\r"\\,:{}[]0=Aa+/'), st.integers(0, 255)),
    how=st.sampled_from(["replaced", "added", "removed"]),
)
def test_no_change_of_a_byte_is_accepted(roots: Path, name: str, place: float, byte: int, how: str) -> None:
    world: World = intact(roots)
    files = world.records if name == "run.json" else world.files
    key = {"run.json": "", **dict.fromkeys(_LOGGED, _PROVENANCE)}.get(name, name)
    before = _LOGGED.get(name, files[key])
    files[key] = _changed(before, place, byte, how)
    assume(name == "run.json" or files[key] + b"\n" != before)
    assert world.verify().broken


def test_what_is_changed_there_holds_unchanged(roots: Path) -> None:
    for logged in _LOGGED.values():
        world = intact(roots)
        world.files[_PROVENANCE] = logged
        assert world.verify().broken == ()
