"""Buildx, driven by python-on-whales; the machine needs no Docker client."""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from lockstep.artifacts import bases
from lockstep.model.digests import of_value
from lockstep.plugin.building.making import BuildError, copied, failure

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
_ERROR = "ERROR:"
_UNREACHABLE = re.compile(
    r"failed to (?:list workers|find driver|get status)|connection (?:error|refused)|context deadline exceeded"
    r"|Cannot connect to the Docker daemon|no such file or directory.*\.sock|no builder"
    r"|> \[internal\] booting buildkit:|exporter is not supported for",
    re.IGNORECASE,
)


class FailedError(Exception):
    """The build failed; its text is what was printed."""

    def report(self) -> dict[str, Any]:
        """Return what the failure says about the sources, or about the machine.

        Raises:
            BuildError: it says neither.
        """
        said = str(self)
        if _SOURCES.search(said):
            return failure(said.splitlines())
        if _UNREACHABLE.search(said) and _SOLVED not in said:
            why = next((line for line in reversed(said.splitlines()) if line.startswith(_ERROR)), _ERROR)
            return {"lacking": f"the builder of images cannot be used: {why.removeprefix(_ERROR).strip()}"}
        raise BuildError("the image could not be built; the builder says why above") from self


def options(parser: argparse.ArgumentParser) -> None:
    """Declare what a build is told."""
    parser.add_argument(
        "--tree", required=True, type=Path, help="absolute folder with copies of the repository's files"
    )
    parser.add_argument("--file", required=True, help="the Dockerfile in it")
    parser.add_argument("--name", required=True, help="what the image is called")
    parser.add_argument("--buildx", required=True, help="path of Buildx")
    parser.add_argument("--builder", required=True, help="remote:ADDRESS, builder:NAME or docker:")
    parser.add_argument("--buildkit", default="", help="image of the builder that a Docker daemon runs")
    parser.add_argument("--state", required=True, type=Path, help="absolute folder where Buildx keeps its builders")
    parser.add_argument("--epoch", required=True, type=int, help="SOURCE_DATE_EPOCH")
    parser.add_argument("--platform", action="append", required=True, help="platform to build for; may be repeated")
    parser.add_argument("--arg", action="append", default=[], help="NAME=VALUE of a build argument; may be repeated")
    parser.add_argument("--mirror", action="append", default=[], help="REGISTRY=MIRROR; may be repeated")
    parser.add_argument("--scratch", required=True, type=Path, help="absolute private folder")
    parser.add_argument("--report", required=True, type=Path, help="where the report is written")


def base_images(given: argparse.Namespace) -> tuple[str, ...]:
    """Return the images that the Dockerfile rests on."""
    return bases.named((given.tree / given.file).read_text("utf-8", "replace"), _pairs(given.arg))


def lacking(images: Sequence[str]) -> dict[str, Any]:
    """Return the report that a base image is not known; empty where all are."""
    unknown = bases.unknown(images)
    why = f"nothing says what the build argument {unknown[0]} is, which names the base image" if unknown else ""
    return {"lacking": why} if why else {}


def tree(given: argparse.Namespace, *, number: int = 1) -> Path:
    """Return the folder with the sources that the first or second build is made of: each has its own, and its own time."""
    home = given.scratch / ("first" if number == 1 else "second/in/another/folder")
    return copied(given.tree, home / "tree", given.epoch + (number - 1) * _DAY)


def build(
    given: argparse.Namespace,
    sources: Path,
    images: Sequence[str],
    output: Mapping[str, str],
    *,
    platform: str,
    cache: bool = True,
) -> Path:
    """Build for one platform, and return where `output["dest"]` came to lie, beside the sources.

    Never for several at once: BuildKit 0.25 then rewrites the times of a layer that two of them share in both at a time,
    one of them fails now and then, and leaves its layer as it is.

    images: what the Dockerfile rests on. cache: whether the builder may take what it knows from before.

    Raises:
        FailedError: it failed.
    """
    os.environ |= {**_AS_PLUGIN, "SOURCE_DATE_EPOCH": str(given.epoch)}
    if not given.builder.startswith(_USERS):
        os.environ["BUILDX_CONFIG"] = str(given.state)
    target = sources.parent / output["dest"]
    told = {**output, "dest": str(target), "rewrite-timestamp": "true"}
    for line in _lines(given, sources, told, bases.contexts(images, _pairs(given.mirror)), platform, cache=cache):
        sys.stderr.write(line)
    return target


def _lines(
    given: argparse.Namespace,
    sources: Path,
    output: Mapping[str, str],
    contexts: Mapping[str, str],
    platform: str,
    *,
    cache: bool,
) -> Iterator[str]:
    from python_on_whales import DockerClient  # noqa: PLC0415 - heavy
    from python_on_whales.exceptions import DockerException  # noqa: PLC0415

    client = DockerClient(client_call=[given.buildx])
    said: list[str] = []
    try:
        lines = client.buildx.build(
            sources,
            file=sources / given.file,
            builder=_builder(client, given),
            build_args=_pairs(given.arg),
            build_contexts=dict(contexts),
            platforms=[platform],
            output=dict(output),
            provenance=False,
            sbom=False,
            cache=cache,
            progress="plain",
            stream_logs=True,
        )
        for line in cast("Iterator[str]", lines):
            said.append(line)
            yield line
    except DockerException as error:
        raise FailedError("".join(said) + (error.stderr or "")) from error


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
