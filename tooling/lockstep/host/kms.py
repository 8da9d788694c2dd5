"""A key in Amazon's KMS that signs: it never leaves the service."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from lockstep.errors import ConfigError
from lockstep.host.aws import session, translated

SCHEME = "awskms://"
_TIMEOUT = 30.0
# cosign's notation: the service's own host, where it is not Amazon's, and an id, an alias, or the ARN of either.
_NAME = re.compile(
    r"awskms://(?P<host>[A-Za-z0-9.\-]*(:[0-9]+)?)/(?P<key>"
    r"(arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:)"
    r"((key/)?(mrk-)?[0-9a-f-]{32,36}|alias/[\w/-]+)"
    r"|(mrk-)?[0-9a-f-]{32,36}|alias/[\w/-]+)",
    re.ASCII,
)


class Location(NamedTuple):
    """Where a key is: `endpoint` and `region`, "" for what the environment says, and its id, alias or ARN."""

    endpoint: str
    region: str
    key: str


def locate(name: str) -> Location:
    """Return where the key is that `name` tells in cosign's notation, `awskms://[HOST[:PORT]]/KEY`.

    Raises:
        ConfigError: it is no such name.
    """
    found = _NAME.fullmatch(name)
    if not found:
        raise ConfigError(
            "the signing key's name cannot be read",
            where=name,
            why=f"{SCHEME} is followed by a host, or none, and a slash; then comes the key's id, alias/NAME, or an ARN",
            remedy=f"{SCHEME}/alias/NAME",
        )
    return Location(f"https://{found['host']}" if found["host"] else "", found["region"] or "", found["key"])


class Kms(msgspec.Struct, frozen=True):
    """One key of the service. name: as it is configured."""

    client: Any
    key: str
    name: str

    def public(self) -> bytes:
        """Return its public half, DER SubjectPublicKeyInfo.

        Raises:
            RunError: the service does not give it.
        """
        with translated("ask KMS for the public key", self.name):
            return bytes(self.client.get_public_key(KeyId=self.key)["PublicKey"])

    def sign(self, digest: bytes) -> bytes:
        """Return the key's ECDSA signature (DER) of a SHA-256.

        Raises:
            RunError: the service does not sign.
        """
        with translated("sign with the key in KMS", self.name):
            return bytes(
                self.client.sign(
                    KeyId=self.key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
                )["Signature"]
            )


def open_key(environ: Mapping[str, str], name: str) -> Kms:
    """Return the key of that name; credentials, region and endpoint are boto3's, where the name does not tell.

    Raises:
        ConfigError: it is no name of a key.
        RunError: there is no region.
        ToolError: boto3 is not installed.
    """
    place = locate(name)
    made, settings = session(environ, place.region, _TIMEOUT)
    with translated("ask KMS for the public key", name):
        return Kms(made.client("kms", endpoint_url=place.endpoint or None, config=settings), place.key, name)
