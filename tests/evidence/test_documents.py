"""What a file of evidence may hold, and what makes it unreadable."""

import base64
import json

import pytest

from lockstep.evidence import canonical, documents
from lockstep.evidence.canonical import MalformedError, parse, parse_exact
from lockstep.evidence.documents import Form, Signed, read
from lockstep.evidence.links import Subject, SubjectKind
from tests.evidence.making import COMMIT, DIGEST, Json, World, by_key, cast, compact, gate, sbom

_SUBJECT = bytes.fromhex(DIGEST)


def _one(data: bytes) -> Signed:
    (found,) = read("x.json", data, _SUBJECT)
    return found


def _blob(**more: object) -> Json:
    """Return a bundle as `cosign sign-blob` of v3 writes it."""
    signature = base64.b64encode(cast().ci.sign(b"wheel")).decode()
    message = {
        "messageDigest": {"algorithm": "SHA2_256", "digest": canonical.to_base64(_SUBJECT)},
        "signature": signature,
    }
    material = {"publicKey": {"hint": cast().ci.public.hint}}
    return {"mediaType": documents.BUNDLE, "verificationMaterial": material, "messageSignature": message, **more}


def test_a_bundle_of_a_file_says_of_which() -> None:
    found = _one(compact(_blob()))
    assert (found.form, found.payload, found.hint) == (Form.BLOB, _SUBJECT, cast().ci.public.hint)


def test_a_signature_of_a_file_by_cosign_v2_is_taken_to_be_of_the_subject() -> None:
    found = _one(compact({"base64Signature": canonical.to_base64(b"s")}))
    assert (found.form, found.payload, found.signature, found.hint) == (Form.BLOB, _SUBJECT, b"s", "")


@pytest.mark.parametrize("digest", [b"", b"x" * 20])
def test_a_signature_of_a_file_of_no_digest_is_refused(world: World, digest: bytes) -> None:
    value = _blob()
    value["messageSignature"]["messageDigest"]["digest"] = canonical.to_base64(digest)
    world.files["signature.json"] = compact(value)
    assert "altered" in world.codes()


def test_asked_about_a_commit_a_signature_of_a_file_is_of_nothing(world: World) -> None:
    world.files["more.json"] = compact({"base64Signature": canonical.to_base64(b"s")})
    commit = Subject(SubjectKind.COMMIT, COMMIT, COMMIT)
    assert world._replace(subject=commit).codes() == {"wrong-key"}


def test_places_of_lines_have_numbers() -> None:
    data = by_key(cast().ci, gate("lint")) + by_key(cast().ci, sbom())
    assert [each.place for each in read("x.jsonl", data, _SUBJECT)] == ["x.jsonl:1", "x.jsonl:2"]


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"\xff\n",
        b"NaN\n",
        b'{"a":NaN}\n',
        b"[" * 2000 + b"]" * 2000,
        b"[" * 101 + b"]" * 101,
        compact({"base64Signature": "AA"}),
        compact({"base64Signature": "AAAA", "cert": "x"}),
        compact(_blob(dsseEnvelope=json.loads(by_key(cast().ci, sbom()))["dsseEnvelope"])),
        compact(_blob(verificationMaterial={"publicKey": {"hint": ""}})),
        compact(_blob(verificationMaterial={"publicKey": {"hint": "a"}, "certificate": {"rawBytes": "AAAA"}})),
        compact(_blob(verificationMaterial={"x509CertificateChain": {"certificates": []}})),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read("x.json", data, _SUBJECT)


def test_a_chain_of_certificates_begins_with_the_signers(world: World) -> None:
    value = json.loads(world.files["provenance.sigstore.json"])
    own = value["verificationMaterial"].pop("certificate")
    root = {"rawBytes": canonical.to_base64(cast().fulcio.der)}
    value["verificationMaterial"]["x509CertificateChain"] = {"certificates": [own, root]}
    world.files["provenance.sigstore.json"] = compact(value)
    assert world.verify().broken == ()


def test_a_key_that_is_named_in_both_places_is_refused() -> None:
    value = json.loads(by_key(cast().ci, sbom()))
    value["dsseEnvelope"]["signatures"][0]["keyid"] = cast().ci.public.id
    with pytest.raises(MalformedError, match="names its key twice"):
        _one(compact(value))


def test_a_file_that_is_far_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 3)
    with pytest.raises(MalformedError, match="larger than"):
        read("x.json", b"[1]\n", _SUBJECT)


def test_an_envelope_may_name_its_key(world: World) -> None:
    value = json.loads(world.files["sbom.intoto.json"])
    value["signatures"][0]["keyid"] = cast().ci.public.id
    world.files["sbom.intoto.json"] = compact(value)
    assert world.verify().broken == ()


def test_signed_bytes_may_be_written_in_any_way_but_say_everything_once() -> None:
    assert parse(b'{ "a" : "\\u0041" }') == {"a": "A"}
    with pytest.raises(MalformedError, match="not compact"):
        parse_exact(b'{ "a" : 1 }')
    with pytest.raises(MalformedError, match="twice"):
        parse(b'{"a":1,"a":2}')


@pytest.mark.parametrize("data", [b'{"a":[1,{"b":null}]}', b'{"a":[1, {"b":null}], "c":"\xc3\xa9"}\n'])
def test_both_ways_in_which_cosign_separates_are_read(data: bytes) -> None:
    assert parse_exact(data)["a"] == [1, {"b": None}]
