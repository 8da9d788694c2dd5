"""Who takes part in signing without a key, on loopback: an issuer of tokens, and stand-ins for Fulcio, authority and log."""

import base64
import contextlib
import hashlib
import json
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockstep.model.digests import of_bytes
from tests.evidence import authorities, making
from tests.evidence.authorities import Authority
from tests.serving import Asked, Said, Service, served

Json = dict[str, Any]
WORKFLOW = "shop/shop/.github/workflows/ci.yml@refs/heads/main"
REQUEST_TOKEN = "only-this-job-has-it"  # noqa: S105 - of a stand-in


class Issuer(NamedTuple):
    """Who vouches for jobs: its address, its key, and the address at which a job gets its token."""

    url: str
    key: rsa.RSAPrivateKey

    @property
    def request_url(self) -> str:
        return f"{self.url}/token?api-version=2"

    def token(self, key: rsa.RSAPrivateKey | None = None, **claims: Any) -> str:  # noqa: ANN401 - any claim
        """Return a token (RS256) with the claims of a job of GitHub's, or with `claims` in place of some of them."""
        now = datetime.now(UTC)
        known = {
            "iss": self.url,
            "aud": "sigstore",
            "sub": "repo:shop/shop:ref:refs/heads/main",
            "iat": now,
            "nbf": now - timedelta(minutes=1),
            "exp": now + timedelta(minutes=5),
            "event_name": "push",
            "sha": making.COMMIT,
            "workflow": "CI",
            "repository": "shop/shop",
            "ref": "refs/heads/main",
            "job_workflow_ref": WORKFLOW,
            "job_workflow_sha": making.COMMIT,
            "runner_environment": "github-hosted",
            "repository_id": "1",
            "repository_owner": "shop",
            "repository_owner_id": "2",
            "repository_visibility": "private",
            "workflow_ref": WORKFLOW,
            "workflow_sha": making.COMMIT,
            "run_id": "3",
            "run_attempt": "1",
        }
        return jwt.encode(known | claims, key or self.key, algorithm="RS256", headers={"kid": "1"})


@contextlib.contextmanager
def issuer() -> Iterator[Issuer]:
    """Yield an OpenID Connect issuer, which gives tokens to jobs as GitHub does."""
    key = rsa.generate_private_key(65537, 2048)
    found: list[Issuer] = []

    def answer(asked: Asked) -> Said:
        (own,) = found
        where = urllib.parse.urlsplit(asked.path)
        if where.path == "/.well-known/openid-configuration":
            told: Json = {
                "issuer": own.url,
                "jwks_uri": f"{own.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
            return _json(told | {"response_types_supported": ["id_token"], "subject_types_supported": ["public"]})
        if where.path == "/keys":
            return _json({"keys": [{**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "1"}]})
        if asked.authorization != f"Bearer {REQUEST_TOKEN}":
            return Said(b"", 403)
        (audience,) = urllib.parse.parse_qs(where.query)["audience"]
        return _json({"value": own.token(aud=audience)})

    with served(answer) as url:
        found.append(Issuer(url, key))
        yield found[0]


def _json(value: object, status: int = 200) -> Said:
    return Said(making.compact(value), status)


def stamping(asked: Asked) -> Said:
    """Be a timestamp authority."""
    said = authorities.answer(making.cast().tsa[0], asked.body, datetime.now(UTC))
    return Said(said, 201, "application/timestamp-reply")


def certifying(ct: Authority | None = None, **certificate: Any) -> Service:  # noqa: ANN401 - as `authorities.certificate`
    """Be Fulcio, which believes every token. certificate: what is not as it should be in what it makes."""

    def answer(asked: Asked) -> Said:
        request = x509.load_pem_x509_csr(base64.b64decode(json.loads(asked.body)["certificateSigningRequest"]))
        assert request.is_signature_valid
        public = request.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        moment = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
        told = {"key": public, "moment": moment, **certificate}
        own = authorities.certificate(making.cast().fulcio, ct=ct, **told)
        pem = [
            each.public_bytes(serialization.Encoding.PEM).decode() for each in (own, making.cast().fulcio.certificate)
        ]
        form = "signedCertificateEmbeddedSct" if ct else "signedCertificateDetachedSct"
        return _json({form: {"chain": {"certificates": pem}}})

    return answer


def logging(asked: Asked) -> Said:
    """Be Rekor, of either version."""
    log = making.cast().rekor
    question = json.loads(asked.body)
    if asked.path == "/api/v2/log/entries":
        given = question["hashedRekordRequestV002"]
        content = {"data": {"algorithm": "SHA2_256", "digest": given["digest"]}, "signature": given["signature"]}
        body = {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": content}}
        return _json({"integratedTime": "0", "inclusionPromise": None} | authorities.entry(log, body), 201)
    proposed = question["spec"]["proposedContent"]
    envelope = json.loads(proposed["envelope"])
    verifier = {"signature": envelope["signatures"][0]["sig"], "verifier": proposed["verifiers"][0]}
    body = {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": {"algorithm": "sha256", "value": of_bytes(proposed["envelope"].encode())},
            "payloadHash": {"algorithm": "sha256", "value": of_bytes(base64.b64decode(envelope["payload"]))},
            "signatures": [verifier],
        },
    }
    return _json({hashlib.sha256(asked.body).hexdigest(): _of_v1(authorities.entry(log, body, datetime.now(UTC)))}, 201)


def _of_v1(entry: Json) -> Json:
    """Return an entry as Rekor v1 answers it."""
    proof = entry["inclusionProof"]
    return {
        "body": entry["canonicalizedBody"],
        "integratedTime": int(entry["integratedTime"]),
        "logID": _hex(entry["logId"]["keyId"]),
        "logIndex": int(entry["logIndex"]),
        "verification": {
            "inclusionProof": {
                "checkpoint": proof["checkpoint"]["envelope"],
                "hashes": [_hex(each) for each in proof["hashes"]],
                "logIndex": int(proof["logIndex"]),
                "rootHash": _hex(proof["rootHash"]),
                "treeSize": int(proof["treeSize"]),
            },
            "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
        },
    }


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()
