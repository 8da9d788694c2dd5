"""build: wheels, source distributions and images, the same bit for bit whenever and wherever they are built.

Every build sees copies of git's files and nothing else of the machine, and the time of the commit that last changed what it is
made of. Wheel and source distribution are built twice, in two folders and at two times, and must be the same; images too by
`nox -s reproduce`. What was built is kept by its digest and lies in the run's folder, with a list of what it consists of (SPDX 2.3, by Syft).
"""

import re
from collections.abc import Mapping
from posixpath import basename

import msgspec

from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Stage
from lockstep.parsers import built

_DOCKERFILE = "Dockerfile"
_MANIFESTS = ("pyproject.toml", "setup.py")
# What Dockerfiles copy from the repository's root without it being part of a component.
_SHARED = (
    *("uv.lock", "poetry.lock", "pyproject.toml", "package.json", "package-lock.json", "pnpm-lock.yaml"),
    *("pnpm-workspace.yaml", "go.mod", "go.sum", ".dockerignore"),
)
_TREE = "tree"
_SYFT = "syft"


def _is_manifest(component: Component, entry: FileEntry) -> bool:
    return component.python and component.relative(entry.path) in _MANIFESTS


def _is_dockerfile(component: Component, entry: FileEntry) -> bool:
    return component.relative(entry.path) == _DOCKERFILE


def _distributions(invocation: Invocation) -> tuple[str, ...]:
    return (
        *invocation.module("lockstep.plugin.building.distributions"),
        *_common(invocation),
        f"--folder={invocation.component.path}",
        f"--python={invocation.python}",
        f"--uv={invocation.program('uv')[0]}",
        *_describing(invocation),
        f"--constraints={invocation.data}/artifacts/backends.txt",
    )


def _image(invocation: Invocation) -> tuple[str, ...]:
    images = invocation.settings.images
    own = images.of(invocation.component.name)
    return (
        *invocation.module("lockstep.plugin.building.image"),
        *_common(invocation),
        *_buildx(invocation),
        *_describing(invocation),
        f"--budget={own.budget}",
        *(() if own.shell else ("--no-shell",)),
        *(("--twice",) if images.twice else ()),
    )


def _trial(invocation: Invocation) -> tuple[str, ...]:
    program = invocation.module("lockstep.plugin.building.trial")
    return (*program, *_common(invocation), *_buildx(invocation))


def _buildx(invocation: Invocation) -> tuple[str, ...]:
    component, images = invocation.component, invocation.settings.images
    own = images.of(component.name)
    return (
        *(f"--file={path}" for path in invocation.files[:1]),
        f"--name={own.name or _name(component)}",
        f"--buildx={invocation.program('buildx')[0]}",
        f"--builder={invocation.places['builder']}",
        f"--buildkit={images.buildkit}",
        f"--state={invocation.cache}",
        *(f"--platform={platform}" for platform in own.platforms),
        *(f"--arg={name}={value}" for name, value in own.arguments),
        *(f"--mirror={registry}={mirror}" for registry, mirror in images.mirrors),
    )


def _name(component: Component) -> str:
    """Return the name of a component's image where nobody gave one: its folder's, in letters that registries take."""
    return re.sub(r"[^a-z0-9]+", "-", basename(component.path).lower()).strip("-") or "image"


def _common(invocation: Invocation) -> tuple[str, ...]:
    return (
        f"--tree={invocation.scratch}/{_TREE}",
        f"--epoch={invocation.places['epoch']}",
        f"--scratch={invocation.scratch}",
        f"--report={invocation.report(built.REPORT)}",
    )


def _describing(invocation: Invocation) -> tuple[str, ...]:
    cyclonedx = ("--cyclonedx",) if invocation.settings.cyclonedx else ()
    return (f"--syft={invocation.program(_SYFT)[0]}", *cyclonedx)


def _bare(_: Invocation) -> Mapping[str, str]:
    """Return what keeps Docker's client from talking to anybody else."""
    return {"DOCKER_CLI_HINTS": "false"}


def _parse(output: Output, invocation: Invocation) -> Report:
    if output.exit_code:
        return Report(problem="the build could not be made, which says nothing about the sources")
    return built.read(
        output.files.get(built.REPORT, b""), component=invocation.component.name, place=invocation.files[0]
    )


_IMAGE = Check(
    id="image",
    title="the image builds, runs as somebody without rights, holds no secret and keeps to its size",
    remedy="docker buildx build --file DOCKERFILE . in the repository's root; nox -s reproduce compares two builds",
    tools=("lockstep", "buildx", _SYFT),
    select=_is_dockerfile,
    argv=_image,
    env=_bare,
    parse=_parse,
    exits=(0, 2),
    reports=(built.REPORT,),
    context=_SHARED,
    whole=True,
    closure=True,
    materialise=True,
    links=True,
    registries=True,
    freshness=("epoch", "builder"),
)
# Whatever an image is built from, it is tried from.
_TRIAL = msgspec.structs.replace(
    _IMAGE,
    id="trial",
    title="the image works read-only, without capabilities and without a network",
    remedy="docker run --read-only --cap-drop ALL --network none IMAGE shows what it misses",
    tools=("lockstep", "buildx"),
    argv=_trial,
    freshness=("epoch", "builder", "daemon"),
)

GATE = Gate(
    id="build",
    stage=Stage.BUILD,
    title="Build",
    remedy="mend what the build says; what differs between two builds may not come from the clock, the folder or the machine",
    timeout=20 * MINUTE,
    lenient=("distributions",),
    checks=(
        Check(
            id="distributions",
            title="wheel and source distribution build, the same twice",
            remedy="uv build, in the component's folder",
            tools=("lockstep", "uv", _SYFT),
            select=_is_manifest,
            argv=_distributions,
            parse=_parse,
            exits=(0, 2),
            reports=(built.REPORT,),
            context=("build-constraints.txt",),
            interpreter=True,
            whole=True,
            materialise=True,
            links=True,
            installs=True,
            freshness=("epoch",),
        ),
        _IMAGE,
        _TRIAL,
    ),
)
