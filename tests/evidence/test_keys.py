"""Keys as OpenSSL and cosign write them."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lockstep.evidence.keys import KeyFormatError, PrivateKey, read_private, read_public

_PLAIN = serialization.NoEncryption()
_PEM = serialization.Encoding.PEM
_PKCS8, _SEC1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
_SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
_LABEL = b"ENCRYPTED SIGSTORE PRIVATE KEY"
_LABEL = b"ENCRYPTED SIGSTORE PRIVATE KEY"
# Made with `cosign generate-key-pair` of v3.1.3, the password is `pw`; it signs nothing.
_COSIGN = (
    b"-----BEGIN %b-----\n" % _LABEL
    + b"""eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiIrVE1La0RGd0o1Njh6MVBlcEtjOVcxUzhoMllUMlpM
SlR2YkNGTFlzS1I4PSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJ5bHJZK0Qxc1lBZGFGa0dxUThka2hwL2g4QVA5UUJaayJ9LCJj
aXBoZXJ0ZXh0IjoiZkJ4ckxac1ViSFUrSVltRVBweVFZQm5wZUhldlFkeTVGQ21i
UmZRQ0Z1Y0t3clBkK1N3WDFhTUQ0anZIYUNwTjdYcFd3blhPbklCNVcxWUJVYWFi
aVVlNDM0ZlNxSHNuREthcW9lek44blN6RmFrU2lKNjBPTjFYSGxoNldNUjRGa3lK
cG1uMldkMGFvY1dXcVhRbm94N0Y1RDBZaGhwaUFKTDZYekZicGRiS0NkRVRSUHdF
YTh5R004YkFseURWRFRyZE1PUzR1WHFKSUE9PSJ9
-----END %b-----
"""
    % _LABEL
)
_COSIGN_PUBLIC = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsgi4iqnq77h+cY/Ly/yy7qN9dnOd
bvpFxUC6UjmjUzPR4C0K06CTbmC6yP66+HoOSsvxA1g9zTvQOLEPey2N1A==
-----END PUBLIC KEY-----
"""


def _pair(kind: str) -> ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else ed25519.Ed25519PrivateKey.generate()


@pytest.mark.parametrize("kind", ["ecdsa", "ed25519"])
@pytest.mark.parametrize("password", [b"", b"secret"])
def test_what_a_key_signs_its_public_half_verifies(kind: str, password: bytes) -> None:
    pair = _pair(kind)
    sealed = serialization.BestAvailableEncryption(password) if password else _PLAIN
    private = read_private(pair.private_bytes(_PEM, _PKCS8, sealed), password)
    public = read_public(pair.public_key().public_bytes(_PEM, _SPKI))
    assert public == private.public
    assert public.verifies(private.sign(b"words"), b"words")
    assert not public.verifies(private.sign(b"words"), b"other words")
    assert not public.verifies(b"", b"words")


def test_a_key_in_sec_1_is_read() -> None:
    pair = ec.generate_private_key(ec.SECP256R1())
    assert read_private(pair.private_bytes(_PEM, _SEC1, _PLAIN)).public == PrivateKey(pair).public


def test_only_ecdsa_verifies_a_digest() -> None:
    pair = PrivateKey(ed25519.Ed25519PrivateKey.generate())
    assert not pair.public.verifies(pair.sign(b"x" * 32), b"x" * 32, prehashed=True)


def test_what_is_no_digest_has_no_signature() -> None:
    pair = PrivateKey(ec.generate_private_key(ec.SECP256R1()))
    assert not pair.public.verifies(pair.sign(b"x"), b"x" * 20, prehashed=True)


def test_a_key_of_cosign_is_read() -> None:
    private = read_private(_COSIGN, b"pw")
    assert private.public == read_public(_COSIGN_PUBLIC)


@pytest.mark.parametrize(
    ("pem", "password", "why"),
    [
        (b"", b"", "no private key in PEM"),
        (_COSIGN, b"other", "the password is another"),
        (_COSIGN.replace(b"eyJrZGYi", b"eyJrZGZi", 1), b"pw", "no private key of cosign's"),
        (b"-----BEGIN %b-----\n?\n" % _LABEL, b"pw", "no private key of cosign's"),
        (_pair("ecdsa").private_bytes(_PEM, _PKCS8, serialization.BestAvailableEncryption(b"x")), b"", "is encrypted"),
        (_pair("ecdsa").private_bytes(_PEM, _PKCS8, serialization.BestAvailableEncryption(b"x")), b"y", "is another"),
        (_pair("ecdsa").private_bytes(_PEM, _PKCS8, _PLAIN), b"y", "not encrypted"),
        (ec.generate_private_key(ec.SECP384R1()).private_bytes(_PEM, _PKCS8, _PLAIN), b"", "neither ECDSA on P-256"),
        (rsa.generate_private_key(65537, 2048).private_bytes(_PEM, _PKCS8, _PLAIN), b"", "neither ECDSA on P-256"),
    ],
)
def test_what_is_no_private_key_is_told(pem: bytes, password: bytes, why: str) -> None:
    with pytest.raises(KeyFormatError, match=why):
        read_private(pem, password)


@pytest.mark.parametrize("pem", [b"", _COSIGN, b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_told(pem: bytes) -> None:
    with pytest.raises(KeyFormatError, match="no public key in PEM"):
        read_public(pem)
