"""What went into an artifact besides the commit: tools, build backends, lock files, base images. Loaded only where evidence is signed."""

import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import lockstep
from lockstep import toolchain
from lockstep.artifacts import backends, bases
from lockstep.config import ComponentConfig
from lockstep.engine.artifacts import SBOMS
from lockstep.engine.plan import Action
from lockstep.engine.prepare import DATA, OWN, Prepared
from lockstep.evidence import building, statements, verdicts
from lockstep.evidence.building import Build
from lockstep.evidence.statements import Descriptor
from lockstep.evidence.verdicts import Scope
from lockstep.host.files import digest_of
from lockstep.model.artifact import Artifact, ArtifactKind, Sbom
from lockstep.model.record import RunRecord, ToolRecord
from lockstep.parsers import locked
from lockstep.toolchain import store
from lockstep.toolchain.install import place
from lockstep.toolchain.sources import GoSource, NpmSource, NpmTreeSource, PypiSource, Source, filled, pins

GATE = "build"
_LOCKS = frozenset({
    *("uv.lock", "poetry.lock", "requirements.txt", "build-constraints.txt", "go.sum"),
    *("package-lock.json", "pnpm-lock.yaml", "yarn.lock", "Cargo.lock"),
})  # fmt: skip
# A tag follows the last slash; a colon before that is a registry's port.
_IMAGE = re.compile(r"(?P<name>[^@]+?)(?::(?P<tag>[^/:@]+))?@sha256:(?P<digest>[0-9a-f]{64})")
_DOCKERFILE = "Dockerfile"
_CONSTRAINTS = "build-constraints.txt"
_MANIFEST = "pyproject.toml"
_CHECKS = {ArtifactKind.IMAGE: "image", ArtifactKind.WHEEL: "distributions", ArtifactKind.SDIST: "distributions"}


def of(ready: Prepared, record: RunRecord, folder: Path, artifact: Artifact, scope: Scope) -> Build:
    """Return how the artifact was built. `folder`: the run's, in which SBOMs lie."""
    made = (each for each in ready.plan.actions if each.gate == GATE and each.component.name == artifact.component)
    actions = [each for each in made if each.check.id == _CHECKS[artifact.kind]]
    own = ready.ruling.config.component.get(artifact.component, ComponentConfig()).build
    image = artifact.kind is ArtifactKind.IMAGE
    asked: dict[str, object] = {"arguments": own.arguments, "platforms": own.platforms} if image else {}
    tools = frozenset(tool for action in actions for tool in action.check.tools)
    return Build(
        builder=ready.config.evidence.builder,
        parameters=asked,
        sboms=tuple(_read(folder, each) for each in record.sboms if _is_about(each, artifact)),
        materials=(
            *(_tool(ready, each) for each in record.tools if each.name in tools),
            *(_bases(ready, actions, own.arguments) if image else _backends(ready, actions)),
            *_locks(actions, f"{statements.source_uri(scope.source)}@{record.repository.commit}"),
        ),
        python="" if image else next((ready.around.python.get(each.id, "") for each in actions), ""),
    )


def of_sources(record: RunRecord, folder: Path, scope: Scope) -> Iterator[tuple[str, bytes]]:
    """Yield a name and the statement of each document about all that the repository's lock files bring in.

    None where the tree is not the commit's: it would be about something else.
    """
    if record.repository.commit and not (record.repository.dirty or scope.dirty):
        documents = [_read(folder, each) for each in record.sboms if each.of_repository]
        yield from building.described("repository", verdicts.subject(record, scope), documents)


def _read(folder: Path, sbom: Sbom) -> bytes:
    return (folder / SBOMS / sbom.component / sbom.name).read_bytes()


def _is_about(sbom: Sbom, artifact: Artifact) -> bool:
    """Whether a document is about an artifact; about a source distribution are those of the component's sources."""
    sources = not sbom.subject and not sbom.of_repository and sbom.component == artifact.component
    return sbom.subject == artifact.digest or (sources and artifact.kind is ArtifactKind.SDIST)


def _tool(ready: Prepared, tool: ToolRecord) -> Descriptor:
    """Return a tool by the package that it is, with the digest of its program where that is in the store."""
    identity = {"identity": tool.digest}
    if tool.name == OWN:
        uri = f"pkg:pypi/lockstep-ci@{lockstep.__version__}"
        return Descriptor(name=tool.name, uri=uri, annotations=identity)
    entry, platform = ready.lock.entries[tool.name], toolchain.platform()
    found = store.opened(place(ready.world.host, entry, platform))
    if found is None:
        version = f"@{tool.version}" if tool.version else ""
        return Descriptor(name=tool.name, uri=f"pkg:generic/{tool.name}{version}", annotations=identity)
    source = next((each for each in entry.sources if each.label == found.manifest.source), None)
    digests = {each.path: each.digest for each in found.manifest.files}
    program = digests.get(found.manifest.argv[0], "")
    pin = next(iter(pins(source, platform)), "") if source else ""
    return Descriptor(
        name=tool.name,
        uri=_package(source, tool, platform),
        digest={"sha256": program} if program else {},
        annotations=identity | ({"pin": pin} if pin else {}),
    )


def _package(source: Source | None, tool: ToolRecord, platform: str) -> str:
    """Return the package URL of a tool, by where it came from."""
    match source:
        case PypiSource():
            return f"pkg:pypi/{source.package.replace('==', '@')}"
        case GoSource():
            return f"pkg:golang/{filled(source.module, tool.version)}"
        case NpmSource():
            return f"pkg:npm/{_npm(filled(source.package, tool.version, source.platforms[platform].name))}"
        case NpmTreeSource():
            return f"pkg:npm/{_npm(filled(source.package, tool.version))}"
        case _:
            return f"pkg:generic/{tool.name}@{tool.version}"


def _npm(package: str) -> str:
    return f"%40{package[1:]}" if package.startswith("@") else package


def _locks(actions: Iterable[Action], source: str) -> Iterator[Descriptor]:
    found = {entry.path: entry.digest for action in actions for entry in action.inputs}
    for path, digest in sorted(found.items()):
        if posixpath.basename(path) in _LOCKS:
            yield Descriptor(name=path, uri=f"{source}#{path}", digest={"sha256": digest})


def _backends(ready: Prepared, actions: Sequence[Action]) -> Iterator[Descriptor]:
    """Yield the build backends that manifests ask for, in the versions that bind them, and what binds them where that ships with Lockstep."""
    for action in actions:
        inputs = {entry.path for entry in action.inputs}
        above = [path for path in inputs if posixpath.basename(path) == _CONSTRAINTS]
        nearest = max(above, key=len, default="")
        path = ready.tree / nearest if nearest else DATA / "artifacts" / "backends.txt"
        text = path.read_text("utf-8", "replace")
        asked = _required(ready.tree / action.component.path / _MANIFEST)
        constraints = text if nearest else backends.bound(text, asked).text
        versions = {locked.normal(each.name): each.version for each in locked.requirements(constraints)}
        for name in dict.fromkeys(locked.normal(each.name) for each in locked.requirements("\n".join(asked))):
            version = f"@{versions[name]}" if versions.get(name) else ""
            yield Descriptor(name=name, uri=f"pkg:pypi/{name}{version}")
        if not nearest:
            uri = f"pkg:pypi/lockstep-ci@{lockstep.__version__}#lockstep/artifacts/backends.txt"
            yield Descriptor(name=_CONSTRAINTS, uri=uri, digest={"sha256": digest_of(path)})


def _required(manifest: Path) -> tuple[str, ...]:
    """Return what a manifest asks for to be built with."""
    try:
        return backends.required(tomllib.loads(manifest.read_text("utf-8")))
    except (OSError, ValueError):
        return backends.required({})


def _bases(ready: Prepared, actions: Sequence[Action], arguments: dict[str, str]) -> Iterator[Descriptor]:
    """Yield the images that Dockerfiles name by digest."""
    paths = {path for action in actions for path in action.files if posixpath.basename(path) == _DOCKERFILE}
    for path in sorted(paths):
        text = (ready.tree / path).read_text("utf-8", "replace")
        for image in bases.named(text, arguments):
            pinned = _IMAGE.fullmatch(image)
            if pinned:
                name, digest = pinned["name"], pinned["digest"]
                tag = f"&tag={pinned['tag']}" if pinned["tag"] else ""
                uri = f"pkg:oci/{posixpath.basename(name).lower()}@sha256%3A{digest}?repository_url={name}{tag}"
                yield Descriptor(name=image, uri=uri, digest={"sha256": digest})
