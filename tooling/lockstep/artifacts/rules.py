"""What must be true of an image whoever runs it, told from its layout alone."""

import re
import tarfile
from collections.abc import Iterator, Sequence
from posixpath import basename, dirname, normpath

import msgspec

from lockstep.artifacts.layout import Blobs, Descriptor, Image

MEGABYTE = 1_000_000
_ROOT = re.compile(r"^(?:|root|0+)(?::.*)?$")
_SHELLS = frozenset({"sh", "ash", "bash", "busybox", "csh", "dash", "fish", "ksh", "mksh", "tcsh", "zsh"})
_PROGRAMS = frozenset({"bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin"})
# Files that hold credentials by what they are.
_FILES = re.compile(
    r"(?:^|/)(?:\.env|\.git-credentials|\.netrc|\.npmrc|\.pypirc|\.dockercfg|\.docker/config\.json|\.aws/credentials"
    r"|\.kube/config|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:pfx|p12|keystore))$"
)
_SECRET = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{20}"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{60,}|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    rb"|\bA[KS]IA[0-9A-Z]{16}\b|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[A-Za-z0-9_-]{50,}"
)
_NAMED = re.compile(
    r"(?i)\b\w*(?:token|secret|passw(?:or)?d|passphrase|api_?key|private_?key|access_?key|credential)\w*\s*[=:]\s*"
    r"[\"']?(?P<value>[^\s\"'$]{6,})"
)
# A secret is small; what is larger is a program or data, whose every byte nobody reads.
_LARGEST = 1024 * 1024
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


class Broken(msgspec.Struct, frozen=True):
    """A rule that an image breaks; `what` tells one break of it from another."""

    rule: str
    what: str
    message: str


def broken(image: Image, blobs: Blobs, *, budget: int, shell: bool) -> tuple[Broken, ...]:
    """Return every rule that the image breaks.

    budget: megabytes that its layers may have, as they are sent. shell: whether it may hold one.

    Raises:
        OSError: a layer is missing.
        tarfile.TarError: a layer cannot be read.
    """
    layers = tuple(_Layer(named, blobs) for named in image.manifest.layers)
    shells = () if shell else _shells(layers)
    return (*_user(image), *_size(image, budget), *shells, *_in_settings(image), *_in_layers(layers))


class _Layer:
    """The members of a layer, read when they are asked for: a layer may be larger than memory."""

    def __init__(self, named: Descriptor, blobs: Blobs) -> None:
        self._named = named
        self._blobs = blobs

    def members(self) -> Iterator[tuple[str, tarfile.TarInfo, bytes]]:
        """Yield path, entry, and content of files that are small enough to be read."""
        with self._blobs(self._named.blob) as stream, tarfile.open(fileobj=stream, mode="r|*") as archive:
            for info in archive:
                small = archive.extractfile(info) if info.isfile() and info.size <= _LARGEST else None
                yield normpath(info.name).lstrip("/"), info, small.read() if small else b""


def _user(image: Image) -> Iterator[Broken]:
    user = image.settings.config.user if image.settings.config else ""
    if _ROOT.match(user):
        said = f"as {user}" if user else "as nobody in particular, which is root"
        yield Broken("image-root", user, f"the image runs {said}; end its Dockerfile with USER and a number above 0")


def _size(image: Image, budget: int) -> Iterator[Broken]:
    size = sum(layer.size for layer in image.manifest.layers)
    if size > budget * MEGABYTE:
        said = f"the image has {size / MEGABYTE:.0f} MB, and its budget is {budget} MB"
        yield Broken("image-size", "", said)


def _shells(layers: Sequence[_Layer]) -> Iterator[Broken]:
    there: dict[str, None] = {}
    for layer in layers:
        for path, _, _ in layer.members():
            folder, name = dirname(path), basename(path)
            if name == _OPAQUE:
                there = {each: None for each in there if not each.startswith(f"{folder}/")}
            elif name.startswith(_WHITEOUT):
                gone = f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/")
                there = {each: None for each in there if each != gone and not each.startswith(f"{gone}/")}
            elif name in _SHELLS and folder in _PROGRAMS:
                there[path] = None
    for path in there:
        yield Broken("image-shell", path, f"the image holds a shell, /{path}, and its template promises none")


def _in_settings(image: Image) -> Iterator[Broken]:
    """Yield secrets in the environment, in labels, and in what the history says of each step."""
    running = image.settings.config
    labels = (f"{name}={value}" for name, value in ((running and running.labels) or {}).items())
    texts = [("environment", text) for text in ((running and running.env) or ())]
    texts += [("labels", text) for text in labels]
    texts += [("history", step.created_by) for step in image.settings.history or ()]
    for where, text in texts:
        named = _NAMED.search(text)
        if named or _SECRET.search(text.encode()):
            what = text.partition("=")[0] if where != "history" else named[0].partition("=")[0] if named else "a token"
            yield Broken("image-secret", f"{where} {what}", f"the image's {where} holds a secret: {what}")


def _in_layers(layers: Sequence[_Layer]) -> Iterator[Broken]:
    """Yield files with secrets in any layer: what a later one deletes is still sent with the image."""
    for number, layer in enumerate(layers, 1):
        for path, info, data in layer.members():
            if info.isfile() and ((info.size and _FILES.search(path)) or _SECRET.search(data)):
                said = f"layer {number} of the image holds a secret: /{path}; what a later step deletes stays in it"
                yield Broken("image-secret", path, said)
