"""trivy: known vulnerabilities in what lock files name, and in the images that components ship as.

Trivy sees a copy of the lock files, nothing else of the tree, and never the network: the advisory database comes from
Lockstep's store. Manifests stay away, because with some of a workspace's at hand Trivy leaves out what the others need. It reports everything; which severities block, what is
ignored and whether a fix must exist is judged afterwards ([gates.trivy] and [component.NAME.gates.trivy] in
lockstep.toml), so a `.trivyignore` or `trivy.yaml` of the tree excuses nothing. Secrets are gitleaks' and configuration is
iac-scan's to find.
"""

import os
import re
from fnmatch import translate
from posixpath import basename

import msgspec

from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Finding, Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Judge, Output, Scope, Stage
from lockstep.parsers import trivy

_REPORT = "report.json"
# Where images are declared, and so where what is in them is shown.
_DECLARED = "lockstep.toml"
_LOCKS = (
    *("uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml", "pylock.*.toml", "requirements*.txt"),
    *("package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"),
    *("go.mod", "go.sum", "Cargo.lock", "pom.xml", "gradle.lockfile", "*gradle.lockfile", "build.sbt.lock"),
    *(
        "Gemfile.lock",
        "composer.lock",
        "packages.lock.json",
        "*.deps.json",
        "Packages.props",
        "Directory.Packages.props",
    ),
    *("conan.lock", "mix.lock", "pubspec.lock", "Podfile.lock", "Package.resolved", "Manifest.toml"),
)
# One expression for all names: every file of the repository is held against them.
_LOCK_NAME = re.compile("|".join(map(translate, _LOCKS)))
_IN_REQUIREMENTS = re.compile(translate("*requirements/*.txt"))
# Names of requirements files that Trivy does not look at by itself.
_PATTERNS = ("--file-patterns", r"pip:requirements[^/]*\.txt$", "--file-patterns", r"pip:requirements/.*\.txt$")
_HERE = ("--cache-backend", "memory", "--skip-db-update", "--skip-java-db-update", "--offline-scan")
_QUIET = ("--skip-version-check", "--disable-telemetry", "--no-progress", "--debug")
# The engine's time limit holds, not Trivy's own.
_WHOLE = ("--scanners", "vuln", "--format", "json", "--list-all-pkgs", "--timeout", "24h")
# 1: it gave up, 2: it crashed; either way only its log says why.
_EXITS = (0, 1, 2)
# What it says of the first Java archive that it has no index for.
_NO_INDEX = b"'--skip-java-db-update' cannot be"
_NO_JAVA = (
    "the image holds Java archives, which were left out: Trivy knows what they are by an index of its own\n"
    'name a registry that serves it in lockstep.toml:\n[advisories.java_index]\ndatabase = "registry.example/mirror/trivy-java-db:1"'
)
_PRINT = "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer)"


def _is_lock(path: str) -> bool:
    return bool(_LOCK_NAME.match(basename(path)) or _IN_REQUIREMENTS.match(path))


def _selected(_: Component, entry: FileEntry) -> bool:
    return _is_lock(entry.path)


def _nothing(_: Component, __: FileEntry) -> bool:
    return False


def _has_image(component: Component) -> bool:
    return bool(component.image)


def _always(_: Component) -> bool:
    return True


def _common(invocation: Invocation, cache: str) -> tuple[str, ...]:
    """Return the options of every scan; it takes no configuration and no excuses from files."""
    return (
        *("--config", os.devnull),
        *("--ignorefile", os.devnull),
        *("--cache-dir", cache),
        *_HERE,
        *_QUIET,
        *_WHOLE,
        *("--output", invocation.report(_REPORT)),
    )


def _files_argv(invocation: Invocation) -> tuple[str, ...]:
    tree = f"{invocation.scratch}/tree"
    return (
        *invocation.program("lockstep"),
        f"{invocation.data}/plugin/lockstep_trivy.py",
        tree,
        *(
            *invocation.program(trivy.TOOL),
            "fs",
            *_common(invocation, invocation.places["advisories"]),
            *_PATTERNS,
            tree,
        ),
    )


def _image_argv(invocation: Invocation) -> tuple[str, ...]:
    image, place = invocation.component.image, invocation.places["image"]
    if image.startswith(("docker-archive:", "oci:")):
        what: tuple[str, ...] = ("--input", place)
    else:
        what = ("--image-src", "docker" if image.startswith("docker-daemon:") else "remote", place)
    cache = f"{invocation.scratch}/cache"
    databases = (invocation.places["advisories"], invocation.places["java-index"])
    driver = (*invocation.program("lockstep"), f"{invocation.data}/plugin/lockstep_trivy_image.py", cache, *databases)
    return (*driver, *invocation.program(trivy.TOOL), "image", *_common(invocation, cache), *what)


def _files(output: Output, invocation: Invocation) -> Report:
    """Trivy leaves out what it cannot read and still ends well; only its log tells."""
    left_out = trivy.skipped(output.stderr)
    if left_out:
        return Report(problem=left_out)
    report = _scanned(output, f"{invocation.scratch}/tree")
    unpinned = () if report.problem else trivy.unpinned(output.stderr)
    return msgspec.structs.replace(report, findings=(*report.findings, *unpinned))


def _image(output: Output, invocation: Invocation) -> Report:
    report = _scanned(output, invocation.root)
    left_out = _NO_INDEX in output.stderr and not report.problem
    return msgspec.structs.replace(report, lacking=_NO_JAVA) if left_out else report


def _scanned(output: Output, root: str) -> Report:
    if output.exit_code:
        return Report(problem=trivy.failure(output.stderr))
    return trivy.read(output.files.get(_REPORT, b""), root=root, place=_DECLARED)


def _ingested(output: Output, invocation: Invocation) -> Report:
    report = trivy.read(output.stdout, root=invocation.root, place=_DECLARED)
    return msgspec.structs.replace(report, findings=tuple(_owned(each, invocation) for each in report.findings))


def _owned(finding: Finding, invocation: Invocation) -> Finding:
    """Return the finding with the innermost component around its place, whose policy holds."""
    path = finding.location.path
    around = (each for each in invocation.components.values() if path.startswith(f"{each.path}/"))
    owner = max(around, key=lambda each: len(each.path), default=invocation.component)
    return msgspec.structs.replace(finding, component=owner.name)


def ingest(path: str) -> Check:
    """Return the check that judges the report at `path` (absolute) as if Trivy had just written it."""
    return Check(
        id="report",
        title="the report names no known vulnerability",
        remedy=_REMEDY,
        tools=("lockstep",),
        select=_nothing,
        applies=_always,
        argv=lambda invocation: (*invocation.program("lockstep"), "-c", _PRINT, next(iter(invocation.places.values()))),
        parse=_ingested,
        exits=(0,),
        scope=Scope.REPOSITORY,
        freshness=(f"file:{path}",),
    )


_REMEDY = (
    "take the fixed version that the finding names (`uv lock --upgrade-package NAME`, `npm update NAME`, ...); "
    "where there is none, [[gates.trivy.ignore]] in lockstep.toml or a waiver, with a reason and an end"
)

GATE = Gate(
    id="trivy",
    stage=Stage.SECURITY,
    title="Known vulnerabilities",
    remedy=_REMEDY,
    timeout=20 * MINUTE,
    judge=Judge.SECURITY,
    ingest=ingest,
    checks=(
        Check(
            id="lock-files",
            title="no lock file names a version with a known vulnerability",
            remedy=_REMEDY,
            tools=(trivy.TOOL, "lockstep"),
            select=_selected,
            argv=_files_argv,
            parse=_files,
            exits=_EXITS,
            reports=(_REPORT,),
            materialise=True,
            freshness=("advisories",),
        ),
        Check(
            id="image",
            title="the image holds nothing with a known vulnerability",
            remedy="build it anew on a newer base image, or upgrade the package in it",
            tools=(trivy.TOOL, "lockstep"),
            select=_nothing,
            applies=_has_image,
            argv=_image_argv,
            parse=_image,
            exits=_EXITS,
            reports=(_REPORT,),
            freshness=("advisories", "java-index", "image"),
            registries=True,
        ),
    ),
)
