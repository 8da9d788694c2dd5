"""sbom-provenance: what everything consists of is known, down to the version and the licence.

Wheels and images come with an SPDX document when they are built, so this gate rests on build. For the sources there are
two more: Syft lists what each component's lock brings in on this platform, and every distribution that is installed must be
in that list; and one document holds all that the lock files of the repository bring in, on any platform and in any
language. What nobody can name in a version fails the gate. Whether a licence is known and allowed is the gate licenses'
to judge, so that each problem is told once; a licence that a document cannot say is a remark here.
`[sbom] cyclonedx` asks for each document as CycloneDX as well.
Statements about all of it are signed when the run ends, where there is a key ([evidence] in lockstep.toml).
"""

import re
from posixpath import basename

import msgspec

from lockstep.model.artifact import REPOSITORY
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Scope, Stage
from lockstep.parsers import built, licenses, locked

_MANIFESTS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock"})
_SYFT = "syft"
_REMEDY = "bring the lock file in step with what the finding names; [licenses.packages] in lockstep.toml says licences"
# What is held against lock files, or says that there is one.
_BESIDE = frozenset({"package.json", "Cargo.toml", "go.sum", "go.work.sum", "bun.lockb"})
# Lock files that Lockstep has no reader for; most of them Syft has.
_OTHERS = frozenset({
    *licenses.UNNAMED,
    *("Pipfile.lock", "gradle.lockfile", "packages.lock.json", "mix.lock", "pubspec.lock", "Podfile.lock"),
    *("Package.resolved", "conan.lock"),
})  # fmt: skip


def _is_manifest(_: Component, entry: FileEntry) -> bool:
    name = basename(entry.path)
    return name in _MANIFESTS or (name.startswith("requirements") and name.endswith(".txt"))


def _is_python(component: Component) -> bool:
    return component.python


def _is_lock(_: Component, entry: FileEntry) -> bool:
    name = basename(entry.path)
    return locked.is_lock(entry.path) or name in _OTHERS or name in _BESIDE


def _sources(invocation: Invocation) -> tuple[str, ...]:
    return (
        *invocation.module("lockstep.plugin.building.sources"),
        f"--python={invocation.python}",
        f"--component={invocation.component.path}",
        f"--name={_name(invocation.component)}",
        *_common(invocation),
    )


def _repository(invocation: Invocation) -> tuple[str, ...]:
    return (
        *invocation.module("lockstep.plugin.building.lockfiles"),
        f"--tree={invocation.scratch}/tree",
        *(f"--file={path}" for path in invocation.files),
        f"--environments={invocation.places['environments']}",
        f"--name={REPOSITORY}",
        *_common(invocation),
    )


def _common(invocation: Invocation) -> tuple[str, ...]:
    policy = msgspec.json.encode(invocation.settings.licenses, order="deterministic").decode()
    return (
        f"--collector={invocation.data}/plugin/lockstep_licenses.py",
        f"--policy={policy}",
        f"--syft={invocation.program(_SYFT)[0]}",
        *(("--cyclonedx",) if invocation.settings.cyclonedx else ()),
        f"--epoch={invocation.places['epoch']}",
        f"--scratch={invocation.scratch}",
        f"--report={invocation.report(built.REPORT)}",
    )


def _name(component: Component) -> str:
    """Return a file name for the document about a component's sources."""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"sources {component.path}").strip("-")


def _parse(output: Output, invocation: Invocation) -> Report:
    if output.exit_code:
        return Report(problem="nobody could list what it consists of")
    name, place = invocation.component.name, next(iter(invocation.files), invocation.component.path)
    return built.read(output.files.get(built.REPORT, b""), component=name, place=place, tool=_SYFT)


GATE = Gate(
    id="sbom-provenance",
    stage=Stage.SUPPLY_CHAIN,
    title="What everything consists of",
    remedy=_REMEDY,
    timeout=20 * MINUTE,
    requires=("build",),
    checks=(
        Check(
            id="sources",
            title="every package that the lock brings in is listed, with its licence",
            remedy=_REMEDY,
            tools=(_SYFT, "lockstep"),
            select=_is_manifest,
            applies=_is_python,
            argv=_sources,
            parse=_parse,
            exits=(0, 2),
            reports=(built.REPORT,),
            context=("pyproject.toml", "uv.lock", "poetry.lock", "requirements.txt"),
            python=True,
            freshness=("epoch",),
        ),
        Check(
            id="lock-files",
            title="everything that is asked for is named by a lock file, in one version",
            remedy="bring the lock file in step with the manifest beside it, as the finding says",
            tools=(_SYFT, "lockstep"),
            select=_is_lock,
            argv=_repository,
            parse=_parse,
            exits=(0, 2),
            reports=(built.REPORT,),
            scope=Scope.REPOSITORY,
            materialise=True,
            freshness=("epoch", "environments"),
        ),
    ),
    lenient=("sources", "lock-files"),
)
