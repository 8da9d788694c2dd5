"""An intact chain of evidence of one image, from commit to signature, and ways to change one thing of it."""

import base64
import functools
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from lockstep.evidence import believing, documents, dsse, policy, statements, trust
from lockstep.evidence.keys import PrivateKey
from lockstep.evidence.links import Chain, Subject, SubjectKind
from lockstep.evidence.policy import Loaded
from lockstep.evidence.verify import Evidence, verify
from lockstep.model.digests import of_bytes
from tests.evidence import authorities
from tests.evidence.authorities import Authority

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIGNED = datetime(2026, 11, 24, 11, tzinfo=UTC)
COMMIT, TREE = "c0" * 20, "7e" * 20
DIGEST = "ab" * 32
SOURCE = "https://git.example/shop"
BUILDER = "https://ci.example/builder"
GATES = ("lint", "unit-tests", "trivy")
RECORD = b'{"id": "20261124T105900Z-abcdef"}\n'
Json = dict[str, Any]


class Cast(NamedTuple):
    """Who takes part: keys and authorities, made once."""

    ci: PrivateKey
    old: PrivateKey
    stranger: PrivateKey
    fulcio: Authority
    other_fulcio: Authority
    tsa: tuple[Authority, Authority]
    rekor: Authority
    ct: Authority


@functools.cache
def cast() -> Cast:
    stamping = authorities.root("tsa root")
    return Cast(
        ci=PrivateKey(ec.generate_private_key(ec.SECP256R1())),
        old=PrivateKey(ed25519.Ed25519PrivateKey.generate()),
        stranger=PrivateKey(ec.generate_private_key(ec.SECP256R1())),
        fulcio=authorities.root(),
        other_fulcio=authorities.root(),
        tsa=(authorities.stamper(stamping), stamping),
        rekor=authorities.root("rekor"),
        ct=authorities.root("ctfe"),
    )


def trusted_root() -> Json:
    return authorities.trusted_root(cast().fulcio, cast().tsa, cast().rekor, cast().ct)


@functools.cache
def trusted(folder: Path) -> believing.Trust:
    path = folder / "trusted_root.json"
    path.write_text(json.dumps(trusted_root()))
    return trust.load(path)


def pem(key: PrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


# How a log takes in what was signed with a certificate.

Log = Callable[[bytes, bytes, Authority], Json]


def rekor_v1(payload: bytes, signature: bytes, by: Authority) -> Json:
    """Take it in as Rekor v1 does: an entry of an envelope, with a promise that says when."""
    verifier = by.certificate.public_bytes(serialization.Encoding.PEM)
    content = {
        "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
        "payloadHash": {"algorithm": "sha256", "value": of_bytes(payload)},
        "signatures": [{"signature": _text(signature), "verifier": _text(verifier)}],
    }
    body = {"apiVersion": "0.0.1", "kind": "dsse", "spec": content}
    return authorities.entry(cast().rekor, body, SIGNED + timedelta(minutes=2))


def rekor_v2(payload: bytes, signature: bytes, by: Authority) -> Json:
    """Take it in as Rekor v2 does: an entry of a digest, without a time."""
    return rekor_v2_of(hashlib.sha256(dsse.pae(statements.PAYLOAD, payload)).digest(), signature, by)


def rekor_v2_of(digest: bytes, signature: bytes, by: Authority) -> Json:
    """Take in the signature of a digest."""
    verifier = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "x509Certificate": {"rawBytes": _text(by.der)}}
    content = {
        "data": {"algorithm": "SHA2_256", "digest": _text(digest)},
        "signature": {"content": _text(signature), "verifier": verifier},
    }
    body = {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": content}}
    return authorities.entry(cast().rekor, body)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


# How a statement is signed: each returns the bytes of a file.


def by_key(key: PrivateKey, statement: Json) -> bytes:
    """Sign as cosign v3 does with a key: a bundle."""
    payload = compact(statement)
    return documents.bundle(payload, key.sign(dsse.pae(statements.PAYLOAD, payload)), key.public.hint)


def by_key_v2(key: PrivateKey, statement: Json) -> bytes:
    """Sign as cosign v2 does with a key: a DSSE envelope without a name of the key."""
    payload = compact(statement)
    signature = base64.b64encode(key.sign(dsse.pae(statements.PAYLOAD, payload))).decode()
    envelope = {"payloadType": statements.PAYLOAD, "payload": base64.b64encode(payload).decode()}
    return compact({**envelope, "signatures": [{"keyid": "", "sig": signature}]})


def by_certificate(
    statement: Json,
    *,
    by: Authority | None = None,
    moment: datetime = SIGNED,
    stamped: datetime | None = SIGNED + timedelta(minutes=1),
    stamper: Authority | None = None,
    logged: Log | None = None,
    **certificate: Any,  # noqa: ANN401 - what `authorities.leaf` takes
) -> bytes:
    """Sign as cosign v3 does without a key: a bundle with certificate and timestamp."""
    payload = compact(statement)
    own = authorities.leaf(by or cast().fulcio, moment=moment, **certificate)
    signature = own.key.sign(dsse.pae(statements.PAYLOAD, payload), ec.ECDSA(hashes.SHA256()))
    material: Json = {"certificate": {"rawBytes": base64.b64encode(own.der).decode()}}
    if stamped:
        stamp = authorities.timestamp(stamper or cast().tsa[0], signature, stamped)
        stamps = [{"signedTimestamp": base64.b64encode(stamp).decode()}]
        material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    if logged:
        material["tlogEntries"] = [logged(payload, signature, own)]
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": statements.PAYLOAD,
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    return compact({"mediaType": documents.BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope})


def downloaded(key: PrivateKey, digest: str = DIGEST, **more: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return a signature of an image as `cosign download signature` prints one of cosign v2."""
    image = {"docker-manifest-digest": f"sha256:{digest}"}
    critical = {"identity": {"docker-reference": "registry.example/shop"}, "image": image}
    payload = compact({"critical": {**critical, "type": "cosign container image signature"}, "optional": None})[:-1]
    line = {"Base64Signature": base64.b64encode(key.sign(payload)).decode()}
    line["Payload"] = base64.b64encode(payload).decode()
    return compact({**line, "Cert": None, "Chain": None, "Bundle": None, "RFC3161Timestamp": None, **more})


# What is said.


def gate(name: str, **facts: Any) -> Json:  # noqa: ANN401 - any fact
    """Return the statement that a gate passed; `result` may say otherwise."""
    uri = f"git+{SOURCE}"
    annotations = {
        "gate": name,
        "run": "20261124T105900Z-abcdef",
        "record": of_bytes(RECORD),
        "finished": "2026-11-24T11:00:00Z",
        "lockstep": "0.1.0",
        "branch": "main",
        "mode": "working-tree",
        "dirty": False,
        "complete": True,
        "strict": True,
        "open": {},
        "waivers": [],
    }
    result = facts.pop("result", "PASSED")
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "commit", "uri": uri, "digest": {"gitCommit": COMMIT}},
            {"name": "tree", "uri": uri, "digest": {"gitTree": TREE}},
        ],
        "predicateType": statements.TEST_RESULT,
        "predicate": {
            "result": result,
            "configuration": [
                {"name": "gate", "uri": "pkg:pypi/lockstep-ci@0.1.0", "annotations": annotations | facts}
            ],
            "passedTests": [f"{name}:check:shop"],
        },
    }


def of_image(predicate_type: str, predicate: Json) -> Json:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "registry.example/shop", "digest": {"sha256": DIGEST}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def provenance() -> Json:
    source = {"uri": f"git+{SOURCE}@refs/heads/main", "digest": {"gitCommit": COMMIT, "gitTree": TREE}}
    definition = {
        "buildType": statements.BUILD_TYPE,
        "externalParameters": {"component": "shop"},
        "resolvedDependencies": [source, {"uri": "pkg:docker/base", "digest": {"sha256": "ba" * 32}}],
    }
    details = {"builder": {"id": BUILDER}, "metadata": {"invocationId": "run-7", "finishedOn": "2026-11-24T11:00:00Z"}}
    return of_image(statements.PROVENANCE, {"buildDefinition": definition, "runDetails": details})


def sbom() -> Json:
    package = {"name": "flask", "SPDXID": "SPDXRef-flask", "versionInfo": "3.1.2", "downloadLocation": "NOASSERTION"}
    return of_image(statements.SPDX[0], {"spdxVersion": "SPDX-2.3", "packages": [package]})


class World(NamedTuple):
    """Everything that verifying looks at. `files`, `records` and `policy` may be changed: they belong to one test."""

    files: dict[str, bytes]
    records: dict[str, bytes]
    policy: Json
    trust: believing.Trust
    subject: Subject
    now: datetime

    def loaded(self) -> Loaded:
        return policy.parse(json.dumps(self.policy).encode(), "policy.json", lambda _: b"")

    def verify(self) -> Chain:
        return verify(self.subject, Evidence(self.files, self.records), self.loaded(), self.now, self.trust)

    def codes(self) -> set[str]:
        return {broken.code for broken in self.verify().broken}


@functools.cache
def _intact() -> dict[str, bytes]:
    """Return a chain of both generations of cosign: bundles, an envelope, a downloaded signature; keys and a certificate."""
    gates = {f"{name}.sigstore.json": by_key(cast().ci, gate(name)) for name in GATES}
    return gates | {
        "provenance.sigstore.json": by_certificate(provenance()),
        "sbom.intoto.json": by_key_v2(cast().ci, sbom()),
        "signature.json": downloaded(cast().ci),
    }


def world(folder: Path) -> World:
    """Return an intact world; `folder` is where its trusted root is kept."""
    trusts: Json = {
        "version": 1,
        "source": SOURCE,
        "builders": [BUILDER],
        "signers": [
            {"name": "ci", "key": pem(cast().ci)},
            {"name": "old", "key": pem(cast().old), "until": "2026-06-30"},
            {"name": "release", "identity": authorities.IDENTITY, "issuer": authorities.ISSUER, "repository": SOURCE},
        ],
        "gates": {"required": list(GATES), "max_age": 24},
    }
    subject = Subject(SubjectKind.ARTIFACT, DIGEST, f"registry.example/shop@sha256:{DIGEST}")
    return World(dict(_intact()), {"": RECORD}, trusts, trusted(folder), subject, NOW)


def edited(statement: Json, *path: str | int, to: Any) -> Json:  # noqa: ANN401 - any JSON value
    """Return the statement with one value at `path` replaced."""
    found = deepcopy(statement)
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return found


Edit = Callable[[World], object]
