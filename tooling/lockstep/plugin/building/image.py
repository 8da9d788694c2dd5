"""Build a component's image through Buildx into an OCI layout, and hold it against the rules; twice where asked.

Timestamps are those of the sources, and base images come by digest, through mirrors where there are any.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

from lockstep.artifacts import bases, comparing, layout, rules
from lockstep.plugin.building import buildx, describing
from lockstep.plugin.building.making import main, stored, told

_LAYOUT = {"type": "oci", "tar": "false"}


def program(argv: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """Build what `argv` names; return where the report goes, and the report.

    Raises:
        BuildError: the build could not be made for another reason than the sources.
    """
    given = _options(argv)
    images = buildx.base_images(given)
    if lacking := buildx.lacking(images):
        return given.report, lacking
    try:
        folders = [_built(given, images, number) for number in ((1, 2) if given.twice else (1,))]
    except buildx.FailedError as error:
        return given.report, error.report()
    return given.report, _report(given, folders, images)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    buildx.options(parser)
    describing.options(parser)
    parser.add_argument("--budget", required=True, type=int, help="megabytes that the image may have")
    parser.add_argument("--no-shell", action="store_true", help="the image may hold no shell")
    parser.add_argument("--twice", action="store_true", help="build again from nothing, and compare")
    return parser.parse_args(argv)


def _built(given: argparse.Namespace, images: Sequence[str], number: int) -> Path:
    """Return the layout of the first or second build; the second takes nothing from the builder's cache."""
    sources = buildx.tree(given, number=number)
    folders = [
        buildx.build(
            *(given, sources, images, {**_LAYOUT, "dest": f"layout-{position}"}), platform=platform, cache=number == 1
        )
        for position, platform in enumerate(given.platform)
    ]
    return folders[0] if len(folders) == 1 else _joined(folders)


def _joined(folders: Sequence[Path]) -> Path:
    """Make the first of several layouts one that holds the images of all, under one index; return it."""
    first, *others = folders
    named = [_named(folder) for folder in folders]
    for blob in (blob for folder in others for blob in (folder / layout.BLOBS).iterdir()):
        blob.replace(first / layout.BLOBS / blob.name)
    content, index = layout.joined(named, _blobs(first))
    (first / layout.BLOBS / index.blob).write_bytes(content)
    (first / "index.json").write_bytes(layout.index(index))
    return first


def _named(folder: Path) -> layout.Descriptor:
    return layout.entry((folder / "index.json").read_bytes())


def _report(given: argparse.Namespace, folders: Sequence[Path], images: Sequence[str]) -> dict[str, Any]:
    named = [_named(folder) for folder in folders]
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
    described = describing.of_image(given, folders[0], named[0], blobs)
    platform = ",".join(given.platform)
    made = _artifact(given, folders[0], named[0], platform)
    return {"artifacts": [made], "sboms": described, "broken": broken}


def _loose(image: str) -> dict[str, str]:
    return {"rule": "image-base", "what": image, "message": f"the base image {image} is not named by its digest"}


def _blobs(folder: Path) -> layout.Blobs:
    return lambda digest: (folder / layout.BLOBS / digest).open("rb")


def _artifact(given: argparse.Namespace, folder: Path, named: layout.Descriptor, platform: str) -> dict[str, Any]:
    parts = layout.parts(named, _blobs(folder))
    for digest in parts:
        stored(folder / layout.BLOBS / digest, given.scratch / "artifacts")
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
