"""Build a component's image through Buildx into an OCI layout, and hold it against the rules; twice where asked.

Buildx is driven by python-on-whales; the machine needs no Docker client. Timestamps are those of the sources, and base
images come by digest, through mirrors where there are any.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any, cast

from lockstep.artifacts import bases, comparing, layout, rules
from lockstep.model.digests import of_value
from lockstep.plugin.building import describing
from lockstep.plugin.building.making import BuildError, copied, failure, main, stored, told

_USERS = "builder:"
_DAY = 24 * 60 * 60
# Makes Buildx behave as under Docker's client, which python-on-whales expects.
_AS_PLUGIN = {"DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND": "docker"}
# What BuildKit says where the Dockerfile or the sources are at fault.
_SOURCES = re.compile(
    r"failed to solve: (?:process |failed to compute cache key|failed to calculate checksum|dockerfile parse error"
    r"|base name|invalid reference format|failed to parse|.*: not found$)"
    r"|dockerfile parse error|target stage",
    re.MULTILINE,
)
_SOLVED = "failed to solve:"
_UNREACHABLE = re.compile(
    r"failed to (?:list workers|find driver|get status)|connection (?:error|refused)|context deadline exceeded"
    r"|Cannot connect to the Docker daemon|no such file or directory.*\.sock|no builder",
    re.IGNORECASE,
)


class _FailedError(Exception):
    """The build failed; its text is what was printed."""


def program(argv: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """Build what `argv` names; return where the report goes, and the report.

    Raises:
        BuildError: the build could not be made for another reason than the sources.
    """
    given = _options(argv)
    os.environ |= {**_AS_PLUGIN, "SOURCE_DATE_EPOCH": str(given.epoch)}
    if not given.builder.startswith(_USERS):
        os.environ["BUILDX_CONFIG"] = str(given.state)
    arguments = _pairs(given.arg)
    images = bases.named((given.tree / given.file).read_text("utf-8", "replace"), arguments)
    if unknown := bases.unknown(images):
        return given.report, {
            "lacking": f"nothing says what the build argument {unknown[0]} is, which names the base image"
        }
    try:
        folders = [_built(given, number, images) for number in ((1, 2) if given.twice else (1,))]
    except _FailedError as error:
        said = str(error)
        if _SOURCES.search(said):
            return given.report, failure(said.splitlines())
        if _UNREACHABLE.search(said) and _SOLVED not in said:
            return given.report, {"lacking": "the builder of images does not answer"}
        raise BuildError("the image could not be built; the builder says why above") from error
    return given.report, _report(given, folders, images)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument(
        "--tree", required=True, type=Path, help="absolute folder with copies of the repository's files"
    )
    parser.add_argument("--file", required=True, help="the Dockerfile in it")
    parser.add_argument("--name", required=True, help="what the image is called")
    parser.add_argument("--buildx", required=True, help="path of Buildx")
    parser.add_argument("--syft", required=True, help="path of Syft")
    parser.add_argument("--builder", required=True, help="remote:ADDRESS, builder:NAME or docker:")
    parser.add_argument("--buildkit", default="", help="image of the builder that a Docker daemon runs")
    parser.add_argument("--state", required=True, type=Path, help="absolute folder where Buildx keeps its builders")
    parser.add_argument("--epoch", required=True, type=int, help="SOURCE_DATE_EPOCH")
    parser.add_argument("--platform", action="append", default=[], help="platform to build for; may be repeated")
    parser.add_argument("--arg", action="append", default=[], help="NAME=VALUE of a build argument; may be repeated")
    parser.add_argument("--mirror", action="append", default=[], help="REGISTRY=MIRROR; may be repeated")
    parser.add_argument("--budget", required=True, type=int, help="megabytes that the image may have")
    parser.add_argument("--no-shell", action="store_true", help="the image may hold no shell")
    parser.add_argument("--twice", action="store_true", help="build again from nothing, and compare")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the report is written")
    return parser.parse_args(argv)


def _built(given: argparse.Namespace, number: int, images: Sequence[str]) -> Path:
    """Return the layout of the build of that number; the second takes nothing from the builder's cache."""
    scratch: Path = given.scratch
    home = scratch / ("first" if number == 1 else "second/in/another/folder")
    tree = copied(given.tree, home / "tree", given.epoch + (number - 1) * _DAY)
    contexts = bases.contexts(images, _pairs(given.mirror))
    for line in _lines(given, tree, home / "layout", contexts, cache=number == 1):
        sys.stderr.write(line)
    return home / "layout"


def _lines(
    given: argparse.Namespace,
    tree: Path,
    target: Path,
    contexts: Mapping[str, str],
    *,
    cache: bool,
) -> Iterator[str]:
    from python_on_whales import DockerClient  # noqa: PLC0415 - heavy
    from python_on_whales.exceptions import DockerException  # noqa: PLC0415

    client = DockerClient(client_call=[given.buildx])
    said: list[str] = []
    try:
        lines = client.buildx.build(
            tree,
            file=tree / given.file,
            builder=_builder(client, given),
            build_args=_pairs(given.arg),
            build_contexts=dict(contexts),
            platforms=list(given.platform),
            output={"type": "oci", "dest": str(target), "tar": "false", "rewrite-timestamp": "true"},
            provenance=False,
            sbom=False,
            cache=cache,
            progress="plain",
            stream_logs=True,
        )
        for line in cast("Iterator[str]", lines):
            said.append(line)
            yield said[-1]
    except DockerException as error:
        raise _FailedError("".join(said) + (error.stderr or "")) from error


def _builder(client: Any, given: argparse.Namespace) -> str:  # noqa: ANN401 - the library is imported late
    """Return the name of the builder, which is made where there is none yet: its name says which it is."""
    builder: str = given.builder
    if builder.startswith(_USERS):
        return builder.removeprefix(_USERS)
    name = f"lockstep-{of_value([builder, given.buildkit])[:12]}"
    if any(each.name == name for each in client.buildx.list()):
        return name
    kind, _, place = builder.partition(":")
    if kind == "remote":
        client.buildx.create(place, driver="remote", name=name)
    else:
        options = {"image": given.buildkit} if given.buildkit else {}
        client.buildx.create(driver="docker-container", driver_options=options, name=name)
    return name


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


def _report(given: argparse.Namespace, folders: Sequence[Path], images: Sequence[str]) -> dict[str, Any]:
    named = [layout.entry((folder / "index.json").read_bytes()) for folder in folders]
    differences = list(_compared(given.name, folders, named))
    if differences:
        return {"artifacts": [], "differences": differences}
    blobs = _blobs(folders[0])
    budget, shell = given.budget, not given.no_shell
    broken = [_loose(image) for image in bases.loose(images)]
    broken += [
        {"rule": each.rule, "what": each.what, "message": each.message}
        for image in layout.images(named[0], blobs)
        for each in rules.broken(image, blobs, budget=budget, shell=shell)
    ]
    described = describing.of_image(given, folders[0], named[0].digest)
    platform = ",".join(given.platform)
    made = _artifact(given, folders[0], named[0], platform)
    return {"artifacts": [made], "sboms": [described], "broken": broken}


def _loose(image: str) -> dict[str, str]:
    return {"rule": "image-base", "what": image, "message": f"the base image {image} is not named by its digest"}


def _blobs(folder: Path) -> layout.Blobs:
    return lambda digest: (folder / "blobs" / "sha256" / digest).open("rb")


def _artifact(given: argparse.Namespace, folder: Path, named: layout.Descriptor, platform: str) -> dict[str, Any]:
    parts = layout.parts(named, _blobs(folder))
    for digest in parts:
        stored(folder / "blobs" / "sha256" / digest, given.scratch / "artifacts")
    others = sorted(f"sha256:{digest}" for digest in parts if digest != named.blob)
    size = sum(parts.values())
    known = {"kind": "image", "name": given.name, "digest": named.digest, "size": size, "platform": platform}
    return {**known, "parts": others}


def _compared(name: str, folders: Sequence[Path], named: Sequence[layout.Descriptor]) -> Iterator[dict[str, str]]:
    """Yield what tells two layouts from each other: members of layers, or settings."""
    if len({each.digest for each in named}) == 1:
        return
    sides = [layout.images(each, _blobs(folder)) for each, folder in zip(named, folders, strict=True)]
    for images in zip(*sides, strict=True):
        first, second = images
        where = f"{name} {first.settings.platform}"
        if first.settings != second.settings:
            yield from told(where, (comparing.Difference("settings", "the image's configuration differs"),))
        for number, layers in enumerate(zip_longest(*(each.manifest.layers for each in images)), 1):
            yield from told(f"{where}, layer {number}", _layers(layers, folders))


def _layers(layers: Sequence[layout.Descriptor | None], folders: Sequence[Path]) -> tuple[comparing.Difference, ...]:
    first, second = layers
    if first is None or second is None:
        return (comparing.Difference("", "one build has it, the other has not"),)
    if first.digest == second.digest:
        return ()
    members = [_members(_blobs(folder)(layer.blob)) for folder, layer in zip(folders, (first, second), strict=True)]
    return comparing.differences(*members)


def _members(stream: IO[bytes]) -> tuple[comparing.Member, ...]:
    with stream:
        return comparing.of_tar(stream)


if __name__ == "__main__":
    sys.exit(main(program, sys.argv[1:]))
