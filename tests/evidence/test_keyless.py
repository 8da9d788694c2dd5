"""Signing without a key that is kept: what is made, and everything that can go wrong with those who take part."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lockstep.config import EvidenceConfig, KeylessConfig
from lockstep.errors import ConfigError, LockstepError, RunError
from lockstep.evidence import documents, signing
from lockstep.host.clock import SystemClock
from tests.evidence import authorities, making, serving
from tests.evidence.making import World, cast, compact
from tests.evidence.serving import Issuer
from tests.serving import Asked, Said, Service, served

_SAID = (compact(making.gate("lint")), compact(making.provenance()))


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving.issuer() as found:
        yield found


class Signing(NamedTuple):
    """What a run is configured with, and its environment."""

    keyless: KeylessConfig
    environ: dict[str, str]
    root: Path

    def signer(self) -> signing.Signer:
        found = signing.of(EvidenceConfig(keyless=self.keyless), self.root, self.environ, SystemClock())
        assert found is not None
        return found

    def sign(self) -> documents.Signatures:
        return self.signer().sign(_SAID)

    def refused(self, kind: type[LockstepError] = RunError) -> LockstepError:
        """Return the one error that comes of signing; it tells no token."""
        with pytest.raises(kind) as raised:
            self.sign()
        token = self.environ.get("SIGSTORE_ID_TOKEN", "")
        assert not token or token not in str(raised.value)
        assert serving.REQUEST_TOKEN not in str(raised.value)
        return raised.value


@contextlib.contextmanager
def _signing(
    issuer: Issuer,
    root: Path,
    *,
    fulcio: Service | None = None,
    stamping: Service | None = serving.stamping,
    rekor: int = 0,
) -> Iterator[Signing]:
    """Yield a run in a job of the issuer's, with the services."""
    with contextlib.ExitStack() as stack:
        own = KeylessConfig(fulcio=stack.enter_context(served(fulcio or serving.certifying())), timeout=5)
        if stamping:
            own = msgspec.structs.replace(own, timestamp=stack.enter_context(served(stamping)))
        if rekor:
            own = msgspec.structs.replace(own, rekor=stack.enter_context(served(serving.logging)), rekor_version=rekor)
        yield Signing(own, {"SIGSTORE_ID_TOKEN": issuer.token()}, root)


@pytest.fixture
def job(issuer: Issuer, tmp_path: Path) -> Iterator[Signing]:
    with _signing(issuer, tmp_path) as found:
        yield found


def _checked(world: World, made: documents.Signatures) -> None:
    """Check every bundle against the trusted root."""
    assert len(made.bundles) == len(_SAID)
    for bundle, payload in zip(made.bundles, _SAID, strict=True):
        (signed,) = documents.read("x", bundle, b"")
        assert signed.payload == payload
        found = world.trust.identify(signed)
        assert (found.names, found.issuer) == ((authorities.IDENTITY,), authorities.ISSUER)
        assert abs(found.moment - datetime.now(UTC)) < timedelta(minutes=1)


def test_every_statement_is_signed_with_one_certificate_and_seen_by_an_authority(world: World, job: Signing) -> None:
    made = job.sign()
    _checked(world, made)
    material = [json.loads(each)["verificationMaterial"] for each in made.bundles]
    assert len({each["certificate"]["rawBytes"] for each in material}) == 1
    assert [len(each["timestampVerificationData"]["rfc3161Timestamps"]) for each in material] == [1, 1]
    assert made.by == f"certificate of {authorities.IDENTITY}, for whom {authorities.ISSUER} vouches"
    assert made.cosign[:2] == ("--certificate-identity", authorities.IDENTITY)
    assert {"--use-signed-timestamps", "--insecure-ignore-tlog", "--insecure-ignore-sct"} < set(made.cosign)


@pytest.mark.parametrize(("version", "stamping"), [(1, None), (1, serving.stamping), (2, serving.stamping)])
def test_every_statement_is_entered_into_a_log(
    world: World, issuer: Issuer, tmp_path: Path, version: int, stamping: Service | None
) -> None:
    fulcio = serving.certifying(ct=cast().ct)
    with _signing(issuer, tmp_path, fulcio=fulcio, stamping=stamping, rekor=version) as job:
        made = job.sign()
    _checked(world, made)
    assert {"--insecure-ignore-tlog", "--insecure-ignore-sct"}.isdisjoint(made.cosign)
    assert ("--use-signed-timestamps" in made.cosign) == bool(stamping)


def test_a_signing_config_may_name_the_services(world: World, job: Signing) -> None:
    old = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    now = {"start": "2026-01-01T00:00:00Z"}

    def service(url: str, valid: dict[str, str], operator: str = "shop", version: int = 1) -> dict[str, object]:
        return {"url": url, "majorApiVersion": version, "validFor": valid, "operator": operator}

    value = {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [service("http://127.0.0.1:9", old), service(job.keyless.fulcio, now)],
        "oidcUrls": [],
        "rekorTlogUrls": [service("http://127.0.0.1:9", now, version=3)],
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": [service(job.keyless.timestamp, now), service("http://127.0.0.1:9", now, "other")],
        "tsaConfig": {"selector": "EXACT", "count": 1},
    }
    (job.root / "signing.json").write_bytes(compact(value))
    named = job._replace(keyless=KeylessConfig(signing_config="signing.json"))
    _checked(world, named.sign())
    value["tsaConfig"] = {"selector": "ALL"}
    (job.root / "signing.json").write_bytes(compact(value))
    assert "did not answer" in named.refused().what
    value["tsaConfig"] = {"selector": "EXACT", "count": 3}
    (job.root / "signing.json").write_bytes(compact(value))
    assert "asks for 3 services of a kind, and 2 are in use" in named.refused(ConfigError).why
    value |= {"tsaConfig": {"selector": "ANY"}, "rekorTlogConfig": {"selector": "ALL"}}
    value["rekorTlogUrls"] = [service("http://127.0.0.1:9", now, operator) for operator in ("one", "two")]
    (job.root / "signing.json").write_bytes(compact(value))
    assert "several transparency logs are named" in named.refused(ConfigError).why
    value["mediaType"] = "application/vnd.dev.sigstore.signingconfig.v0.1+json"
    (job.root / "signing.json").write_bytes(compact(value))
    assert "another format" in named.refused(ConfigError).why
    (job.root / "signing.json").write_text("{")
    assert "cannot be used" in named.refused(ConfigError).what
    (job.root / "signing.json").unlink()
    assert "cannot read the signing config" in named.refused(ConfigError).what


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (KeylessConfig(), "nobody is named who makes certificates"),
        (KeylessConfig(fulcio="https://a.example"), "nobody is named who tells when"),
        (KeylessConfig(fulcio="https://a.example", rekor="https://b.example"), "nobody is named who tells when"),
        (KeylessConfig(fulcio="https://a.example", signing_config="x"), "in lockstep.toml and in a signing config"),
    ],
)
def test_services_that_are_not_named_as_they_must_be_are_told(job: Signing, given: KeylessConfig, why: str) -> None:
    assert why in job._replace(keyless=given).refused(ConfigError).why


# Tokens.


def test_a_job_of_github_asks_for_its_token(world: World, issuer: Issuer, job: Signing) -> None:
    environ = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": issuer.request_url,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": serving.REQUEST_TOKEN,
    }
    _checked(world, job._replace(environ=environ).sign())
    other = job._replace(environ={**environ, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"}).refused()
    assert ("gives no identity token" in other.what, "HTTP 403" in other.why) == (True, True)
    with served(lambda _: Said(b"{}")) as url:
        wrong = job._replace(environ={**environ, "ACTIONS_ID_TOKEN_REQUEST_URL": url}).refused()
    assert "gives no identity token" in wrong.what


def test_a_token_may_lie_in_a_file(world: World, job: Signing) -> None:
    (job.root / "token").write_text(job.environ["SIGSTORE_ID_TOKEN"] + "\n")
    filed = Signing(msgspec.structs.replace(job.keyless, token="token"), {}, job.root)  # noqa: S106 - a file's name
    _checked(world, filed.sign())
    (job.root / "token").write_bytes(b"\xff")
    assert "it is no text" in filed.refused(ConfigError).why
    (job.root / "token").unlink()
    assert "cannot read the identity token" in filed.refused(ConfigError).what


def test_without_a_token_nothing_is_signed(job: Signing) -> None:
    error = job._replace(environ={"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.example"}).refused(ConfigError)
    assert "no identity token is at hand" in error.why
    assert "id-token: write" in error.remedy


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("token", "what", "why"),
    [
        (lambda by: by.token(aud="other"), "for somebody else", "it is for other, not for sigstore"),
        (lambda by: by.token(aud=["a", "b"]), "for somebody else", "it is for a, b, not for sigstore"),
        (lambda by: by.token(exp=_now() - timedelta(seconds=1)), "is over", "it was good until 2"),
        (lambda by: by.token(exp=-1e30), "is over", "it was good until no time"),
        (lambda by: by.token(nbf=_now() + timedelta(minutes=1)), "not good yet", "it is good from 2"),
        (lambda _: "a.b", "is none", "no JSON Web Token"),
        (lambda _: "a.!.c", "is none", "no JSON Web Token"),
        (lambda _: "a.e30.c", "is none", "no JSON Web Token"),
    ],
)
def test_a_token_that_is_of_no_use_is_told_before_anything_runs(
    issuer: Issuer, job: Signing, token: Callable[[Issuer], str], what: str, why: str
) -> None:
    with pytest.raises(RunError) as raised:
        job._replace(environ={"SIGSTORE_ID_TOKEN": token(issuer)}).signer()
    assert (what in raised.value.what, why in raised.value.why) == (True, True), str(raised.value)


def test_a_token_may_be_for_another_audience_where_that_is_configured(
    world: World, issuer: Issuer, job: Signing
) -> None:
    keyless = msgspec.structs.replace(job.keyless, audience="shop")
    environ = {"SIGSTORE_ID_TOKEN": issuer.token(aud=["other", "shop"])}
    _checked(world, job._replace(keyless=keyless, environ=environ).sign())


# Fulcio.


@contextlib.contextmanager
def _silent() -> Iterator[str]:
    """Yield the address of a service that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("service", ["fulcio", "timestamp"])
def test_a_service_that_is_down_is_told(job: Signing, service: str) -> None:
    gone = msgspec.structs.replace(job.keyless, **{service: "http://127.0.0.1:9"})
    error = job._replace(keyless=gone).refused()
    called = {"fulcio": "Fulcio", "timestamp": "the timestamp authority"}[service]
    assert (error.what, "127.0.0.1:9" in error.where) == (f"{called} did not answer as it should", True)


@pytest.mark.parametrize("service", ["fulcio", "timestamp"])
def test_a_service_that_says_nothing_is_told(job: Signing, service: str) -> None:
    with _silent() as url:
        slow = msgspec.structs.replace(job.keyless, timeout=1, **{service: url})
        error = job._replace(keyless=slow).refused()
    assert ("did not answer" in error.what, "timed out" in error.why) == (True, True)


def _saying(body: bytes, status: int = 200) -> Service:
    return lambda _: Said(body, status)


def _echoing(asked: Asked) -> Said:
    """Refuse, and tell the token that was shown."""
    return Said(compact({"code": 3, "message": asked.authorization}), 400)


@pytest.mark.parametrize(
    ("fulcio", "what", "why"),
    [
        (_saying(b"", 500), "gives no certificate", "HTTP 500"),
        (_saying(b'{"message": "no such\\nissuer"}', 401), "gives no certificate", "no such issuer"),
        (_saying(b"[]", 503), "gives no certificate", "HTTP 503"),
        (_saying(b"", 302), "gives no certificate", "HTTP 302"),
        (_echoing, "gives no certificate", "HTTP 400 Bad Request: Bearer ***"),
        (_saying(b"<html>"), "no certificate for this run's key", "JSON"),
        (_saying(b"{}"), "no certificate for this run's key", "it holds no certificate"),
        (
            _saying(b'{"signedCertificateDetachedSct": {"chain": {"certificates": []}}}'),
            "no certificate for this run's key",
            "it holds no certificate",
        ),
        (
            _saying(b'{"signedCertificateEmbeddedSct": {"chain": {"certificates": ["-"]}}}'),
            "no certificate for this run's key",
            "PEM",
        ),
        (
            serving.certifying(key=ec.generate_private_key(ec.SECP256R1()).public_key()),
            "no certificate for this run's key",
            "it is for another key",
        ),
        (
            serving.certifying(key=ec.generate_private_key(ec.SECP384R1()).public_key()),
            "no certificate for this run's key",
            "neither ECDSA on P-256",
        ),
        (serving.certifying(issuer=""), "no certificate for this run's key", "nobody who vouches"),
    ],
)
def test_fulcio_refuses_or_answers_something_else(
    issuer: Issuer, tmp_path: Path, fulcio: Service, what: str, why: str
) -> None:
    with _signing(issuer, tmp_path, fulcio=fulcio) as job:
        error = job.refused()
    assert (what in error.what, why in error.why) == (True, True), str(error)


def test_a_token_is_sent_by_https_alone(job: Signing) -> None:
    plain = msgspec.structs.replace(job.keyless, fulcio="http://fulcio.example")
    assert "only sent by https" in job._replace(keyless=plain).refused().what


# The timestamp authority.


def _of_other(asked: Asked) -> Said:
    """Stamp something else."""
    return Said(authorities.timestamp(cast().tsa[0], b"other", _now()), 201)


@pytest.mark.parametrize(
    ("stamping", "what", "why"),
    [
        (_saying(b"", 500), "authority refuses", "HTTP 500"),
        (_saying(b"<html>"), "no timestamp of this signature", ""),
        (_saying(bytes.fromhex("30053003020102")), "no timestamp of this signature", "it refuses: status 2"),
        (_of_other, "no timestamp of this signature", "about something else"),
    ],
)
def test_the_authority_refuses_or_answers_something_else(
    issuer: Issuer, tmp_path: Path, stamping: Service, what: str, why: str
) -> None:
    with _signing(issuer, tmp_path, stamping=stamping) as job:
        error = job.refused()
    assert (what in error.what, why in error.why) == (True, True), str(error)


@pytest.mark.parametrize("moment", [_now() - timedelta(hours=1), _now() + timedelta(hours=1)])
def test_a_signature_must_be_seen_while_its_certificate_is_good(
    issuer: Issuer, tmp_path: Path, moment: datetime
) -> None:
    with _signing(issuer, tmp_path, fulcio=serving.certifying(moment=moment)) as job:
        assert "not seen while its certificate was good" in job.refused().what


# The log.


def test_a_certificate_that_is_in_no_log_is_of_no_use_to_one(issuer: Issuer, tmp_path: Path) -> None:
    with _signing(issuer, tmp_path, rekor=2) as job:
        assert "the certificate is in no transparency log" in job.refused().what


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("log", "what"),
    [
        (_saying(b"", 500), "the transparency log refuses"),
        (_saying(b"<html>", 201), "the transparency log's answer is no entry"),
        (_saying(b'{"1": {}, "2": {}}', 201), "the transparency log's answer is no entry"),
    ],
)
def test_the_log_refuses_or_answers_something_else(
    issuer: Issuer, tmp_path: Path, version: int, log: Service, what: str
) -> None:
    with served(log) as url, _signing(issuer, tmp_path, fulcio=serving.certifying(ct=cast().ct)) as job:
        logged = msgspec.structs.replace(job.keyless, rekor=url, rekor_version=version)
        assert what in job._replace(keyless=logged).refused().what
