"""The images that a Dockerfile rests on: which they are, and through which mirror they come.

Docker's own mirrors belong to the daemon's configuration; named contexts (docs.docker.com/build/concepts/context) work with
every builder, whoever runs it.
"""

import re
from collections.abc import Iterable, Mapping

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE | re.MULTILINE)
_COPIED = re.compile(r"^\s*(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=(?P<image>\S+)", re.IGNORECASE | re.MULTILINE)
_DEFAULT = re.compile(r"^\s*ARG\s+(?P<name>\w+)=(?P<value>\S+)", re.IGNORECASE | re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)[^}]*\}|(?P<bare>\w+))")
_EMPTY = "scratch"
_PINNED = "@sha256:"
_HUB = "docker.io"


def named(dockerfile: str, arguments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the images that are neither stages of the Dockerfile nor empty, each once, with the build's arguments filled in.

    An argument that has no value anywhere stays as it is written.
    """
    known = {match["name"]: match["value"].strip("\"'") for match in _DEFAULT.finditer(dockerfile)} | dict(arguments)
    stages = {match["stage"].lower() for match in _FROM.finditer(dockerfile) if match["stage"]}
    written = [match["image"] for pattern in (_FROM, _COPIED) for match in pattern.finditer(dockerfile)]
    images = (
        _VARIABLE.sub(lambda match: known.get(match["braced"] or match["bare"], match[0]), each) for each in written
    )
    return tuple(dict.fromkeys(each for each in images if each.lower() not in {*stages, _EMPTY} and not each.isdigit()))


def unknown(images: Iterable[str]) -> tuple[str, ...]:
    """Return the names of build arguments that images need and nobody gave."""
    found = (match["braced"] or match["bare"] for image in images for match in _VARIABLE.finditer(image))
    return tuple(dict.fromkeys(found))


def loose(images: Iterable[str]) -> tuple[str, ...]:
    """Return the images that are not named by digest."""
    return tuple(image for image in images if _PINNED not in image)


def contexts(images: Iterable[str], mirrors: Mapping[str, str]) -> dict[str, str]:
    """Return the named contexts of images that have a mirror: the reference as written, and where to get it.

    Only what has a digest: nothing else proves that a mirror serves the same. mirrors: registry -> mirror, which may
    have a path.
    """
    found = {}
    for image in images:
        registry, path = _parts(image)
        if _PINNED in image and registry in mirrors:
            found[image] = f"docker-image://{mirrors[registry]}/{path}"
    return found


def _parts(image: str) -> tuple[str, str]:
    """Return registry and path of a reference, as Docker reads it: what has no registry is of Docker's own."""
    first, slash, rest = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return _HUB, image if slash else f"library/{image}"
