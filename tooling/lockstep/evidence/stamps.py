"""The one form of an RFC 3161 response: what its signature does not cover is what the rest of it implies. Pure.

`rfc3161-client` checks what is signed. In a CMS structure (RFC 5652) more is written beside it: versions, algorithms, the
signer's name, certificates. A response in which any of these is another would verify as well, so it is refused here.
"""

from collections.abc import Iterable

from cryptography import x509

# The value of `digestAlgorithm` and, behind it, those that `signatureAlgorithm` has then (RFC 5754; RFC 3370 for plain RSA).
_SHA2 = "0609608648016503040201", "0609608648016503040202", "0609608648016503040203"
_ECDSA = "300a06082a8648ce3d040302", "300a06082a8648ce3d040303", "300a06082a8648ce3d040304"
_RSA = "300d06092a864886f70d01010b0500", "300d06092a864886f70d01010c0500", "300d06092a864886f70d01010d0500"
_PLAIN_RSA = "300d06092a864886f70d0101010500"
# Parameters of a digest are left out, or NULL, as OpenSSL writes them.
_ALGORITHMS = {
    head + digest + tail: (ecdsa, rsa, _PLAIN_RSA)
    for digest, ecdsa, rsa in zip(_SHA2, _ECDSA, _RSA, strict=True)
    for head, tail in (("300b", ""), ("300d", "0500"))
}
_VERSION, _SIGNER_VERSION = bytes.fromhex("020103"), bytes.fromhex("020101")
_CERTIFICATES, _LONG, _SIGNED_PARTS, _SIGNER_PARTS = 0xA0, 0x80, 5, 6


def is_plain(response: bytes, chain: Iterable[x509.Certificate], ders: Iterable[bytes]) -> bool:
    """Whether nothing beside the signed parts of a response could be another.

    response: DER that was verified. chain: the authority's certificate first; ders: the same in DER.

    Raises:
        ValueError: it is no such response.
    """
    _, token = parts(response)
    _, content = parts(token)
    data = parts(parts(content)[0])
    certificates = parts(data.pop(3)) if len(data) == _SIGNED_PARTS and data[3][0] == _CERTIFICATES else []
    if len(data) != _SIGNED_PARTS - 1:
        return False
    version, digests, _, signers = data
    signer = parts(parts(signers)[0])
    if len(parts(signers)) != 1 or len(signer) != _SIGNER_PARTS:
        return False
    number, name, digest, _, algorithm, _ = signer
    authority = next(iter(chain))
    return (
        (version, number) == (_VERSION, _SIGNER_VERSION)
        and parts(digests) == [digest]
        and algorithm.hex() in _ALGORITHMS.get(digest.hex(), ())
        and parts(name)[0] == authority.issuer.public_bytes()
        and set(certificates) <= set(ders)
    )


def parts(data: bytes) -> list[bytes]:
    """Return what is inside a constructed DER value (X.690), each with its head.

    Raises:
        ValueError: a length leads nowhere.
    """
    body, rest = _split(data)
    if rest:
        raise ValueError("something stands behind it")
    found = []
    inside = body
    while inside:
        _, after = _split(inside)
        found.append(inside[: len(inside) - len(after)])
        inside = after
    return found


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Return the body of the first value, and what is behind it."""
    size, start = (data[1], 2) if len(data) > 1 else (1, 2)
    if size & _LONG:
        start += size & ~_LONG
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise ValueError("it is cut off")
    return data[start : start + size], data[start + size :]
