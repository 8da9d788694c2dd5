"""Chains made with the real cosign, in both of its generations, and what cosign says of what Lockstep signs."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lockstep import host
from lockstep.config import EvidenceConfig, KeylessConfig
from lockstep.errors import RunError
from lockstep.evidence import documents, folder, policy, signing, statements, trust
from lockstep.evidence.believing import Trust
from lockstep.evidence.fulcio import certify
from lockstep.evidence.links import Chain
from lockstep.evidence.verify import Evidence, verify
from lockstep.gates.build import GATE
from lockstep.host.clock import SystemClock
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.artifact import ArtifactKind
from tests.e2e import certifying
from tests.e2e.certifying import Fulcio, Stamper
from tests.e2e.registries import push_layout, registry
from tests.engine.running import check, gate, git, machine, repository
from tests.engine.running import run as run_gates
from tests.evidence import authorities, clouds, making, serving
from tests.evidence.serving import Issuer
from tests.serving import served

pytestmark = pytest.mark.e2e

_PEM = serialization.Encoding.PEM
_OFFLINE = ("--use-signing-config=false", "--tlog-upload=false")
_SHOP = "https://github.com/shop/shop"
_WORKFLOW = f"https://github.com/{serving.WORKFLOW}"
_OLD = ("--new-bundle-format=false",)
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"


class Cosign(NamedTuple):
    """cosign in a folder, with a key pair of its own."""

    program: str
    folder: Path

    def run(self, *words: str) -> Completed:
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        env = {**aws, "PATH": os.environ["PATH"], "HOME": str(self.folder), "COSIGN_PASSWORD": "pw", "COSIGN_YES": "1"}
        return SystemProcesses().run(Process((self.program, *words), str(self.folder), env, 60))

    def __call__(self, *words: str) -> bytes:
        done = self.run(*words)
        assert done.exit_code == 0, done.stderr.decode()
        return done.stdout

    def write(self, name: str, value: object) -> str:
        (self.folder / name).write_bytes(making.compact(value))
        return name


@pytest.fixture(scope="module")
def cosign(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Cosign:
    made = Cosign(tool("cosign")[0], tmp_path_factory.mktemp("cosign"))
    made("generate-key-pair")
    return made


@pytest.fixture(scope="module")
def image(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the reference by digest of an image without layers in a registry on loopback."""
    layout = tmp_path_factory.mktemp("layout")
    config = making.compact(
        {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": []}}
    )
    manifest = making.compact(
        {"schemaVersion": 2, "mediaType": _MANIFEST, "config": _blob(layout, config, _CONFIG), "layers": []}
    )
    index = {"schemaVersion": 2, "manifests": [_blob(layout, manifest, _MANIFEST)]}
    (layout / "index.json").write_bytes(making.compact(index))
    with registry(tool("registry"), tmp_path_factory.mktemp("registry")) as address:
        yield push_layout(f"{address}/shop:main", layout)


def _blob(layout: Path, data: bytes, kind: str) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    place = layout / "blobs" / "sha256" / digest
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}


def _attested(cosign: Cosign, image: str, *more: str) -> None:
    """Sign the image and attest SBOM and provenance of it."""
    cosign("sign", "--key=cosign.key", *_OFFLINE, *more, image)
    for kind, statement in (("spdxjson", making.sbom()), ("slsaprovenance1", making.provenance())):
        predicate = cosign.write(f"{kind}.json", statement["predicate"])
        cosign("attest", "--key=cosign.key", *_OFFLINE, *more, f"--type={kind}", f"--predicate={predicate}", image)


def _verdict(cosign: Cosign, *more: str) -> bytes:
    """Return the verdict of a gate, signed by cosign."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    statement = cosign.write("lint.json", making.gate("lint", finished=now))
    into = "--output-signature=lint.signed" if more else "--bundle=lint.signed"
    cosign("attest-blob", "--key=cosign.key", *_OFFLINE, *more, f"--statement={statement}", into)
    return (cosign.folder / "lint.signed").read_bytes()


def _checked(cosign: Cosign, image: str, files: dict[str, bytes], tmp_path: Path) -> Chain:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return _judged(cosign, image, folder.read([tmp_path]), "lint")


def _judged(cosign: Cosign, subject: str, evidence: Evidence, gate: str) -> Chain:
    signer = {"name": "ci", "key": (cosign.folder / "cosign.pub").read_text()}
    trusts = {"version": 1, "source": making.SOURCE, "builders": [making.BUILDER], "signers": [signer]}
    loaded = policy.parse(json.dumps({**trusts, "gates": {"required": [gate]}}).encode(), "policy.json", lambda _: b"")
    return verify(folder.subject(subject), evidence, loaded, datetime.now(UTC))


def _held(signer: dict[str, str], subject: str, evidence: Path, trusted: Trust) -> Chain:
    """Return the chain of what was built, by evidence that certificates signed."""
    trusts = {"version": 1, "source": _SHOP, "builders": [making.BUILDER], "signers": [signer]}
    required = {"gates": {"required": ["build"]}}
    loaded = policy.parse(json.dumps(trusts | required).encode(), "policy.json", lambda _: b"")
    return verify(folder.subject(subject), folder.read([evidence]), loaded, datetime.now(UTC), trusted)


def test_a_chain_of_cosign_v2_and_then_one_of_v3_hold(cosign: Cosign, image: str, tmp_path: Path) -> None:
    _attested(cosign, image, *_OLD)
    old = {
        "signatures.jsonl": cosign("download", "signature", image),
        "attestations.jsonl": cosign("download", "attestation", image),
        "lint.json": _verdict(cosign, *_OLD),
    }
    assert b"mediaType" not in b"".join(old.values())
    (tmp_path / "v2").mkdir()
    chain = _checked(cosign, image, old, tmp_path / "v2")
    assert (chain.broken, chain.commit, len(chain.proven)) == ((), making.COMMIT, 4)

    _attested(cosign, image)
    lines = cosign("download", "attestation", image).splitlines(keepends=True)
    new = {"bundles.jsonl": b"".join(line for line in lines if b"mediaType" in line), "lint.json": _verdict(cosign)}
    (tmp_path / "v3").mkdir()
    chain = _checked(cosign, image, new, tmp_path / "v3")
    assert (chain.broken, chain.commit, len(chain.proven)) == ((), making.COMMIT, 4)


@pytest.mark.parametrize("more", [(), _OLD])
def test_a_file_that_cosign_signed_is_known_by_its_bytes(cosign: Cosign, more: tuple[str, ...], tmp_path: Path) -> None:
    (cosign.folder / "shop.whl").write_bytes(b"wheel")
    cosign("sign-blob", "--key=cosign.key", *_OFFLINE, *more, "--bundle=shop.json", "shop.whl")
    files = {"shop.json": (cosign.folder / "shop.json").read_bytes()}
    chain = _checked(cosign, str(cosign.folder / "shop.whl"), files, tmp_path)
    assert [each.kind for each in chain.proven] == [statements.Kind.SIGNATURE]
    assert "missing-signature" not in {broken.code for broken in chain.broken}
    (cosign.folder / "shop.whl").write_bytes(b"other")
    chain = _checked(cosign, str(cosign.folder / "shop.whl"), files, tmp_path)
    assert {"wrong-key", "other-artifact"} & {broken.code for broken in chain.broken}


def test_cosign_believes_what_a_run_signed_and_nothing_that_was_changed(cosign: Cosign, tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {"a.txt": "fine\n"})
    variables = {"LOCKSTEP_EVIDENCE_KEY": str(cosign.folder / "cosign.key"), "LOCKSTEP_EVIDENCE_PASSWORD": "pw"}
    record = run_gates(root, gate(check()), host=machine(tmp_path / "store", **variables))
    bundle = root / ".lockstep" / "runs" / record.id / "evidence" / "words.sigstore.json"
    commit = ("--digest=" + git(root, "rev-parse", "HEAD"), "--digestAlg=gitCommit")
    words = (
        "verify-blob-attestation",
        "--key=cosign.pub",
        "--insecure-ignore-tlog",
        f"--type={statements.TEST_RESULT}",
    )
    cosign(*words, f"--bundle={bundle}", *commit)
    other = ("--digest=" + "0" * 40, "--digestAlg=gitCommit")
    assert cosign.run(*words, f"--bundle={bundle}", *other).exit_code != 0
    (signed,) = documents.read("words", bundle.read_bytes(), b"")
    bundle.write_bytes(documents.bundle(signed.payload.replace(b"PASSED", b"FAILED"), signed.signature, signed.hint))
    assert cosign.run(*words, f"--bundle={bundle}", *commit).exit_code != 0


@pytest.fixture(scope="module")
def stamps() -> Iterator[str]:
    """Yield the address of a timestamp authority."""
    with served(serving.stamping) as url:
        yield url


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """Yield who vouches for jobs."""
    with serving.issuer() as found:
        yield found


@pytest.fixture(scope="module")
def fulcio(
    tool: Callable[[str], tuple[str, ...]], issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fulcio]:
    """Yield an authority that believes the issuer."""
    with certifying.fulcio(tool("fulcio"), tmp_path_factory.mktemp("fulcio"), issuer) as found:
        yield found


@pytest.mark.parametrize("chain", [(), ("--certificate-chain=root.pem",)])
def test_certificates_and_timestamps_that_cosign_put_into_a_bundle_hold(
    cosign: Cosign, stamps: str, chain: tuple[str, ...], tmp_path: Path
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    own = authorities.leaf(making.cast().fulcio, moment=now - timedelta(minutes=1))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (cosign.folder / "leaf.key").write_bytes(own.key.private_bytes(_PEM, form, plain))
    (cosign.folder / "leaf.pem").write_bytes(own.certificate.public_bytes(_PEM))
    (cosign.folder / "root.pem").write_bytes(making.cast().fulcio.certificate.public_bytes(_PEM))
    root, statement = cosign.write("root.json", making.trusted_root()), cosign.write("built.json", making.provenance())
    service = {"url": stamps, "majorApiVersion": 1, "validFor": {"start": "2026-01-01T00:00:00Z"}, "operator": "shop"}
    kind = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
    services = {"mediaType": kind, "rekorTlogConfig": {}, "tsaUrls": [service], "tsaConfig": {"selector": "ANY"}}
    settings = ("--signing-config=" + cosign.write("signing.json", services), f"--trusted-root={root}")
    cosign("import-key-pair", "--key=leaf.key", f"--output-key-prefix={tmp_path.name}")
    shown = ("--certificate=leaf.pem", *chain, *settings)
    cosign("attest-blob", f"--key={tmp_path.name}.key", *shown, f"--statement={statement}", "--bundle=built.bundle")
    (signed,) = documents.read("built", (cosign.folder / "built.bundle").read_bytes(), b"")
    found = trust.load(cosign.folder / root).identify(signed)
    assert (found.names, found.issuer) == ((authorities.IDENTITY,), authorities.ISSUER)
    assert now <= found.moment <= datetime.now(UTC)
    assert (b"x509CertificateChain" in signed.bundle) == bool(chain)


_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "lamps"
version = "1.0.0"
requires-python = ">=3.11"
license = "MIT"
"""
_SPDX = jsonschema.Draft7Validator(
    json.loads((Path(making.__file__).parent / "data" / "spdx-2.3.schema.json").read_bytes())
)


@pytest.fixture
def stamper(tool: Callable[[str], tuple[str, ...]], tmp_path: Path) -> Iterator[Stamper]:
    """Yield an authority that says when it saw a signature."""
    with certifying.stamper(tool("timestamp-authority"), tmp_path / "stamper") as found:
        yield found


def test_a_wheel_is_proved_in_the_name_of_the_job_that_built_it(
    cosign: Cosign, issuer: Issuer, fulcio: Fulcio, stamper: Stamper, tmp_path: Path
) -> None:
    keyless = f'[evidence.keyless]\nfulcio = "{fulcio.url}"\ntimestamp = "{stamper.url}"\n'
    files = {
        "lockstep.toml": f'[evidence]\nsource = "{_SHOP}"\nbuilder = "{making.BUILDER}"\n{keyless}',
        "pyproject.toml": _PROJECT,
        "lamps/__init__.py": "",
    }
    root = repository(tmp_path / "shop", files)
    here = host.system()
    job = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": issuer.request_url,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": serving.REQUEST_TOKEN,
    }
    record = run_gates(root, GATE, host=msgspec.structs.replace(here, environ={**here.environ, **job}), strict=True)
    assert record.outcome == "passed", record.gates
    (wheel,) = [each for each in record.artifacts if each.kind is ArtifactKind.WHEEL]
    left = root / ".lockstep" / "runs" / record.id / "evidence"
    (tmp_path / "trusted_root.json").write_bytes(making.compact(stamper.trusted_root()))
    signer = {"name": "ci", "identity": _WORKFLOW, "issuer": issuer.url, "repository": _SHOP}

    def judged(**changes: str) -> Chain:
        return _held(signer | changes, wheel.digest, left, trust.load(tmp_path / "trusted_root.json"))

    chain = judged()
    assert (chain.broken, chain.commit, chain.tree) == (
        (),
        git(root, "rev-parse", "HEAD"),
        git(root, "rev-parse", "HEAD^{tree}"),
    )
    (sbom,) = [each for each in chain.proven if each.kind is statements.Kind.SBOM]
    _SPDX.validate(sbom.predicate)
    for field, value, code in (
        ("identity", _WORKFLOW.replace("main", "side"), "wrong-identity"),
        ("issuer", "https://token.ci.example", "wrong-issuer"),
        ("repository", "https://github.com/shop/other", "wrong-repository"),
    ):
        assert code in {broken.code for broken in judged(**{field: value}).broken}

    built = root / ".lockstep" / "runs" / record.id / "artifacts" / wheel.component / wheel.name
    (bundle,) = left.glob("*.whl-*.sbom.sigstore.json")
    named = (f"--certificate-identity={_WORKFLOW}", f"--certificate-oidc-issuer={issuer.url}", *_unlogged(tmp_path))
    commit = (f"--digest={chain.commit}", "--digestAlg=gitCommit", f"--bundle={left / 'build.sigstore.json'}")
    cosign("verify-blob-attestation", f"--type={statements.TEST_RESULT}", *named, *commit)
    words = ("verify-blob-attestation", "--type=spdxjson", f"--bundle={bundle}", str(built))
    cosign(*words, *named)
    refused = cosign.run(*words, f"--certificate-identity={_WORKFLOW}x", *named[1:])
    assert refused.exit_code != 0
    assert f'got "{_WORKFLOW}"'.encode() in refused.stderr
    page = (left.parent / "report.html").read_text(encoding="utf-8")
    assert f"--certificate-identity {_WORKFLOW} --certificate-oidc-issuer {issuer.url}" in page


def _unlogged(folder: Path) -> tuple[str, ...]:
    """Return the options by which cosign takes what an authority has seen, and no log."""
    root = f"--trusted-root={folder}/trusted_root.json"
    return (root, "--use-signed-timestamps", "--insecure-ignore-tlog", "--insecure-ignore-sct")


def test_fulcio_gives_a_certificate_for_a_token_that_it_believes_and_for_no_other(
    issuer: Issuer, fulcio: Fulcio
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    found = certify(fulcio.url, key, issuer.token(), 10)
    assert (found.name, found.issuer, found.logged) == (_WORKFLOW, issuer.url, False)
    for token, why in (
        (issuer.token(iss="http://127.0.0.1:9"), "failed to match issuer URL http://127.0.0.1:9"),
        (issuer.token(aud="other"), 'expected audience "sigstore" got ["other"]'),
        (issuer.token(exp=1), "token is expired"),
        (issuer.token(rsa.generate_private_key(65537, 2048)), "failed to verify id token signature"),
        (issuer.token(job_workflow_ref=None), "missing job_workflow_ref claim"),
    ):
        with pytest.raises(RunError, match="Fulcio gives no certificate") as raised:
            certify(fulcio.url, key, token, 10)
        assert "There was an error processing the identity token" in raised.value.why
        assert token not in str(raised.value)
        assert why in fulcio.log.read_text("utf-8")


def test_a_signature_stands_in_a_real_log(
    cosign: Cosign, issuer: Issuer, tool: Callable[[str], tuple[str, ...]], stamps: str, tmp_path: Path
) -> None:
    with (
        served(serving.certifying(ct=making.cast().ct)) as certifies,
        certifying.rekor(tool("rekor"), tmp_path / "rekor") as rekor,
    ):
        keyless = KeylessConfig(fulcio=certifies, timestamp=stamps, rekor=rekor.url)
        given = EvidenceConfig(keyless=keyless)
        signer = signing.of(given, tmp_path, {"SIGSTORE_ID_TOKEN": issuer.token()}, SystemClock())
        assert signer is not None
        (bundle,) = signer.sign([making.compact(making.provenance())]).bundles
    root = cosign.write("trusted_root.json", rekor.trusted_root(bundle))
    (signed,) = documents.read("x", bundle, b"")
    assert signed.logged
    assert trust.load(cosign.folder / root).identify(signed).names == (authorities.IDENTITY,)
    (cosign.folder / "logged.json").write_bytes(bundle)
    named = (f"--certificate-identity={authorities.IDENTITY}", f"--certificate-oidc-issuer={authorities.ISSUER}")
    subject = (f"--digest={making.DIGEST}", "--digestAlg=sha256", "--type=https://slsa.dev/provenance/v1")
    words = (*named, *subject, "--bundle=logged.json", "--use-signed-timestamps")
    cosign("verify-blob-attestation", *words, f"--trusted-root={root}")
    strange = cosign.write("strange_root.json", making.trusted_root())
    assert cosign.run("verify-blob-attestation", *words, f"--trusted-root={strange}").exit_code != 0


def test_cosign_and_lockstep_use_the_same_key_in_kms(cosign: Cosign, tmp_path: Path) -> None:
    with clouds.kms() as service:
        clouds.key(service, "shop")
        signer = signing.of(EvidenceConfig(key="awskms:///alias/shop"), tmp_path, dict(os.environ), SystemClock())
        assert signer is not None
        made = signer.sign([making.compact(making.provenance())])
        (cosign.folder / "kms.json").write_bytes(made.bundles[0])
        words = ("--type=https://slsa.dev/provenance/v1", "--bundle=kms.json", f"--digest={making.DIGEST}")
        cosign("verify-blob-attestation", *made.cosign, *words, "--digestAlg=sha256")
