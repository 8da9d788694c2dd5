"""What a run left for a release: artifacts and documents, each read and compared with the record before it counts."""

import os
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from lockstep.artifacts import layout
from lockstep.errors import RefusedError, RunError
from lockstep.host.files import digest_of, explained
from lockstep.host.git import Git
from lockstep.model.artifact import Artifact, ArtifactKind
from lockstep.model.component import ROOT
from lockstep.model.record import RunRecord
from lockstep.model.verdict import Verdict
from lockstep.releases import refs
from lockstep.releases.manifest import Document, moment
from lockstep.releases.versions import Version

_GREEN = frozenset({Verdict.PASSED, Verdict.NOT_APPLICABLE})
RECORD = "run.json"
_ARTIFACTS = "artifacts"


class Tag(msgspec.Struct, frozen=True):
    """An annotated tag of a release; `made` is ISO 8601."""

    name: str
    component: str
    version: Version
    commit: str
    tree: str
    made: str


class Holding(msgspec.Struct, frozen=True):
    """A release on this machine. proved: when the run ended, ISO 8601. files: where the bytes of each digest are, artifacts and documents alike."""

    tag: Tag
    run: str
    proved: str
    artifacts: tuple[Artifact, ...]
    documents: tuple[Document, ...]
    files: dict[str, Path]
    layouts: dict[str, Path]


def tag_of(git: Git, name: str, per: str) -> Tag:
    """Return the tag of a release; `name` "" means the one that HEAD has.

    per: `component` where each has versions of its own; a tag without a name is the root component's then.

    Raises:
        RefusedError: there is none, there are several, or it is not annotated.
    """
    here = git.text("tag", "--points-at", "HEAD").split()
    found = [name] if name else [each for each in here if _parsed(each, per)]
    if len(found) != 1:
        what = f"HEAD has several releases: {', '.join(found)}" if found else "HEAD is no release"
        raise RefusedError(what, remedy="lockstep release.cut --apply" if not found else "name one: --tag NAME")
    parsed = _parsed(found[0], per)
    kind = git.try_text("cat-file", "-t", f"refs/tags/{found[0]}")
    if parsed is None or kind != "tag":
        why = (
            "it is not annotated" if kind == "commit" else "there is no such tag" if not kind else "it is no release's"
        )
        raise RefusedError(f"{found[0]} is not the tag of a release", why=why, remedy="lockstep release.cut --apply")
    component = parsed[0] or (ROOT if per == "component" else "")
    commit = git.commit_of(f"refs/tags/{found[0]}")
    made = git.text("for-each-ref", "--format=%(taggerdate:iso-strict)", f"refs/tags/{found[0]}")
    return Tag(found[0], component, parsed[1], commit, git.text("rev-parse", f"{commit}^{{tree}}"), made)


def _parsed(name: str, per: str) -> tuple[str, Version] | None:
    """Return what a tag names, None where no release has such tags: components have none where they have no versions."""
    found = refs.parsed_tag(name)
    return found if found and (per == "component" or not found[0]) else None


def hold(folder: Path, tag: Tag, gates: Collection[str]) -> Holding:
    """Return what the run in `folder` left for the release, every byte read.

    Raises:
        RunError: the folder holds no run, or not what its record says.
        RefusedError: the run does not prove this release; every reason is in `why`.
    """
    found = record(folder)
    artifacts = tuple(each for each in found.artifacts if not tag.component or each.component == tag.component)
    reasons = [*_of_run(found, tag, gates), *_of_artifacts(artifacts, tag)]
    if reasons:
        raise RefusedError(
            f"the run does not prove {tag.name}",
            where=str(folder),
            why="\n           ".join(reasons),
            remedy=f"git switch --detach {tag.name}, and nox -s gates -- --strict",
        )
    documents = tuple(_documents(folder))
    return Holding(
        tag=tag,
        run=found.id,
        proved=(moment(found.started, str(folder / RECORD)) + timedelta(seconds=found.seconds)).isoformat(),
        artifacts=artifacts,
        documents=documents,
        files=files(folder, artifacts, documents),
        layouts={each.digest: place(folder, each) for each in artifacts if each.kind is ArtifactKind.IMAGE},
    )


def record(folder: Path) -> RunRecord:
    """Return the record of the run in a folder.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    path = folder / RECORD
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunRecord)
    except OSError as error:
        raise RunError(
            "there is no run", where=str(folder), why=str(error.strerror), remedy="nox -s gates -- --strict"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError("the record of the run cannot be read", where=str(path), why=str(error)) from error


def _of_run(run: RunRecord, tag: Tag, gates: Collection[str]) -> Iterator[str]:
    stood = run.repository
    if stood.commit != tag.commit:
        yield f"it is about commit {stood.commit[:12] or 'none'}, and the tag is at {tag.commit[:12]}"
    elif stood.tree != tag.tree:
        yield f"it is about tree {stood.tree[:12]}, and the tag's is {tag.tree[:12]}"
    if stood.dirty or stood.mode != "working-tree":
        yield "its files were not those of the commit"
    if run.outcome != "passed":
        yield f"it ended {run.outcome}"
    if not run.complete:
        yield "it saw only a part of the components, or of the history"
    ran = {gate.id: gate.verdict for gate in run.gates}
    missing = sorted(set(gates) - set(ran))
    if missing:
        yield f"it did not run {', '.join(missing)}"
    red = [f"{name} is {verdict}" for name, verdict in ran.items() if verdict not in _GREEN]
    if red:
        yield ", ".join(red)


def _of_artifacts(artifacts: Sequence[Artifact], tag: Tag) -> Iterator[str]:
    from packaging.utils import (  # noqa: PLC0415 - only publishing reads file names
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    if not artifacts:
        yield f"it built nothing{f' of {tag.component}' if tag.component else ''}"
    for each in artifacts:
        if each.kind is ArtifactKind.IMAGE:
            continue
        try:
            read = parse_wheel_filename if each.kind is ArtifactKind.WHEEL else parse_sdist_filename
            version = str(read(each.name)[1])
        except (InvalidWheelFilename, InvalidSdistFilename) as error:
            yield str(error)
            continue
        if version != str(tag.version):
            yield f"{each.name} is of version {version}, and the release is {tag.version}"


def place(folder: Path, artifact: Artifact) -> Path:
    """Return where an artifact is in the folder of a run."""
    return folder / _ARTIFACTS / artifact.component / artifact.name


def _documents(folder: Path) -> Iterator[Document]:
    """Yield all that the run wrote besides artifacts: evidence, reports, logs. Links are not followed."""
    for parent, folders, names in os.walk(folder):
        if Path(parent) == folder:
            folders[:] = [name for name in folders if name != _ARTIFACTS]
        folders.sort()
        for path in sorted(Path(parent, name) for name in names):
            if path.is_file() and not path.is_symlink():
                yield Document(path.relative_to(folder).as_posix(), f"sha256:{_digest(path)}", path.stat().st_size)


def files(folder: Path, artifacts: Sequence[Artifact], documents: Sequence[Document]) -> dict[str, Path]:
    """Return where the bytes of each digest are.

    Raises:
        RunError: a file is missing, or is not what the record says.
    """
    found = {each.digest: folder / each.path for each in documents}
    for artifact in artifacts:
        own = place(folder, artifact)
        for blob in artifact.blobs:
            path = own / layout.BLOBS / blob if artifact.kind is ArtifactKind.IMAGE else own
            if _digest(path) != blob:
                raise RunError(
                    "an artifact is not what the run's record says", where=str(path), remedy="nox -s gates -- --strict"
                )
            found[f"sha256:{blob}"] = path
        if artifact.kind is ArtifactKind.IMAGE:
            _check_marks(own, artifact)
    return found


def _check_marks(folder: Path, image: Artifact) -> None:
    """Refuse a layout whose index leads elsewhere, in any reader's eyes: it decides what is pushed, and no digest names it.

    Raises:
        RunError: it does.
    """
    with explained("read what is to be published", folder):
        try:
            wanted = layout.marks((folder / layout.BLOBS / image.blobs[0]).read_bytes())
        except msgspec.DecodeError as error:
            raise RunError("an image has no manifest", where=str(folder), why=str(error)) from error
        others = [name for name, content in wanted.items() if (folder / name).read_bytes() != content]
    if others:
        raise RunError(
            "an image's layout is not as the run left it",
            where=str(folder / others[0]),
            why=f"it does not name {image.digest[:19]} and nothing else",
            remedy="nox -s gates -- --strict",
        )


def _digest(path: Path) -> str:
    with explained("read what is to be published", path):
        return digest_of(path)
