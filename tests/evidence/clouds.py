"""A KMS on loopback (moto's), with keys that sign."""

import contextlib
from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from moto.kms.utils import ECDSAPrivateKey
from moto.server import ThreadedMotoServer
from types_boto3_kms import KMSClient

_DIGEST = 32


@contextlib.contextmanager
def kms() -> Iterator[KMSClient]:
    """Yield a KMS, which boto3 and cosign use as long as it is there."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ECDSAPrivateKey, "sign", _sign)
        patch.setenv("AWS_ENDPOINT_URL_KMS", f"http://{host}:{port}")
        for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("DEFAULT_REGION", "ca-central-1")):
            patch.setenv(f"AWS_{name}", value)
        yield boto3.client("kms", config=Config(retries={"total_max_attempts": 1}))
    server.stop()


def _sign(own: ECDSAPrivateKey, message: bytes, _: str) -> bytes:
    """Sign a digest, as Amazon does where it is asked to (`MessageType`); moto takes it for a message."""
    assert len(message) == _DIGEST
    return own.private_key.sign(message, ec.ECDSA(utils.Prehashed(hashes.SHA256())))


def key(service: KMSClient, alias: str, spec: str = "ECC_NIST_P256") -> str:
    """Make a key that signs, and return its ARN."""
    found = service.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]  # type: ignore[arg-type]
    service.create_alias(AliasName=f"alias/{alias}", TargetKeyId=found["KeyId"])
    return found["Arn"]
