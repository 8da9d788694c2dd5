"""Signing keys: in files and in KMS, and those that cannot be used."""

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from types_boto3_kms import KMSClient

from lockstep.config import EvidenceConfig, KeylessConfig
from lockstep.errors import ConfigError, RunError
from lockstep.evidence import documents, dsse, signing, statements
from lockstep.host import kms
from lockstep.host.clock import SystemClock
from tests.evidence import clouds
from tests.evidence.making import compact, gate
from tests.serving import Said, served

_PAYLOAD = compact(gate("lint"))


@pytest.fixture(scope="module")
def service() -> Iterator[KMSClient]:
    with clouds.kms() as found:
        yield found


def _spki(key: ed25519.Ed25519PrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def _load(name: str) -> signing.Key:
    return signing.load(name, Path(), dict(os.environ))


def test_a_key_in_kms_signs_by_alias_id_and_arn(service: KMSClient, tmp_path: Path) -> None:
    arn = clouds.key(service, "shop")
    names = ["awskms:///alias/shop", f"awskms:///{arn}", f"awskms:///{arn.rpartition('/')[2]}"]
    names.append(f"awskms:///{arn.rpartition(':')[0]}:alias/shop")
    for name in names:
        signer = signing.of(EvidenceConfig(key=name), tmp_path, dict(os.environ), SystemClock())
        assert signer is not None
        made = signer.sign([_PAYLOAD])
        (signed,) = documents.read("x", made.bundles[0], b"")
        public = _load(name).public
        assert public.verifies(signed.signature, dsse.pae(statements.PAYLOAD, _PAYLOAD))
        assert (signed.hint, made.by) == (public.hint, f"key sha256:{public.id}")
        assert made.cosign == ("--key", name, "--insecure-ignore-tlog")


@pytest.mark.parametrize("spec", ["ECC_NIST_P384", "RSA_2048"])
def test_a_key_of_another_kind_is_refused(service: KMSClient, spec: str) -> None:
    clouds.key(service, spec, spec)
    with pytest.raises(ConfigError, match="cannot be used") as raised:
        _load(f"awskms:///alias/{spec}")
    assert ("P-256" in raised.value.why, "--key-spec ECC_NIST_P256" in raised.value.remedy) == (True, True)


@pytest.mark.parametrize(
    ("spki", "why"),
    [(_spki(ed25519.Ed25519PrivateKey.generate()), "it is not ECDSA on P-256"), (b"0", "it is no public key in DER")],
    ids=["another kind", "none"],  # the key is new each time
)
def test_what_kms_gives_must_be_a_key_that_it_can_sign_with(
    service: KMSClient, monkeypatch: pytest.MonkeyPatch, spki: bytes, why: str
) -> None:
    told = compact({"PublicKey": base64.b64encode(spki).decode()})
    with served(lambda _: Said(told, kind="application/x-amz-json-1.1")) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", url)
        with pytest.raises(ConfigError, match="cannot be used") as raised:
            _load("awskms:///alias/shop")
    assert raised.value.why == why


def test_a_key_that_is_not_there_is_told(service: KMSClient) -> None:
    with pytest.raises(RunError, match="cannot ask KMS for the public key") as raised:
        _load("awskms:///alias/nobody")
    assert "NotFoundException" in raised.value.why


def test_an_alias_that_was_moved_signs_nothing(service: KMSClient) -> None:
    clouds.key(service, "moving")
    key = _load("awskms:///alias/moving")
    other = clouds.key(service, "other")
    service.update_alias(AliasName="alias/moving", TargetKeyId=other.rpartition("/")[2])
    with pytest.raises(RunError, match="another key than it named"):
        key.sign(b"words")


def test_a_key_that_was_taken_away_signs_nothing(service: KMSClient) -> None:
    arn = clouds.key(service, "gone")
    key = _load("awskms:///alias/gone")
    service.delete_alias(AliasName="alias/gone")
    assert arn
    with pytest.raises(RunError, match="cannot sign with the key in KMS"):
        key.sign(b"words")


def test_a_service_that_is_not_there_is_told(service: KMSClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
    with pytest.raises(RunError, match="cannot ask KMS for the public key") as raised:
        signing.load("awskms:///alias/shop", Path(), {"AWS_MAX_ATTEMPTS": "1"})
    assert "127.0.0.1:9" in raised.value.why


def test_a_host_in_the_name_is_asked_by_tls(service: KMSClient) -> None:
    with pytest.raises(RunError, match="cannot ask KMS for the public key") as raised:
        signing.load("awskms://127.0.0.1:9/alias/shop", Path(), {"AWS_MAX_ATTEMPTS": "1"})
    assert "https://127.0.0.1:9" in raised.value.why


def test_without_a_region_nothing_is_asked(service: KMSClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(RunError, match="cannot ask KMS") as raised:
        _load("awskms:///alias/shop")
    assert "region" in raised.value.why


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("awskms:///alias/shop/signing", kms.Location("", "", "alias/shop/signing")),
        ("awskms://localhost:4566/mrk-" + "0" * 32, kms.Location("https://localhost:4566", "", "mrk-" + "0" * 32)),
        (
            "awskms:///arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            kms.Location(
                "", "cn-north-1", "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
            ),
        ),
    ],
)
def test_names_are_read_as_cosign_reads_them(name: str, place: kms.Location) -> None:
    assert kms.locate(name) == place


@pytest.mark.parametrize("name", ["awskms://alias/shop", "awskms:///", "awskms:///shop", "awskms:///alias/a b"])
def test_what_is_no_name_is_told(name: str) -> None:
    with pytest.raises(ConfigError, match="name cannot be read") as raised:
        _load(name)
    assert raised.value.where == name


@pytest.mark.parametrize("name", ["gcpkms://projects/x", "hashivault://x", "k8s://x/y", "pkcs11:token=x"])
def test_keys_elsewhere_are_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be used") as raised:
        _load(name)
    assert "only those in Amazon's KMS" in raised.value.why


def test_a_key_that_is_none_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    path.write_text("no key")
    with pytest.raises(ConfigError, match="the signing key cannot be used") as raised:
        signing.load("signing.key", tmp_path, {})
    assert (raised.value.where, signing.PASSWORD in raised.value.remedy) == (str(path), True)


def _written(folder: Path) -> Path:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = folder / "signing.key"
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return path


def test_a_key_or_a_certificate_signs_and_the_variable_goes_before_both(tmp_path: Path) -> None:
    path = _written(tmp_path)
    keyless = KeylessConfig(fulcio="https://fulcio.example", timestamp="https://tsa.example")
    both = EvidenceConfig(key="signing.key", keyless=keyless)
    with pytest.raises(ConfigError, match="a key signs, or a certificate"):
        signing.of(both, tmp_path, {}, SystemClock())
    found = signing.of(both, tmp_path, {signing.KEY: str(path)}, SystemClock())
    assert isinstance(found, signing.KeySigner)
    assert found.name == "signing.pub"
    assert signing.of(EvidenceConfig(), tmp_path, {}, SystemClock()) is None
    shutil.rmtree(tmp_path)
