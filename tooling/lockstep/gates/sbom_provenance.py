"""sbom-provenance: what everything consists of is known, down to the version and the licence.

Wheels and images come with an SPDX document when they are built, so this gate rests on build. For the sources, Syft lists
what each component's lock brings in on this platform, and every distribution that is installed must be in the list, with its
licence. Statements about all of it are signed when the run ends, where there is a key ([evidence] in lockstep.toml).
"""

import re
from posixpath import basename

import msgspec

from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import MINUTE, Check, Gate, Invocation, Output, Stage
from lockstep.parsers import built

_MANIFESTS = frozenset({"pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock"})
_SYFT = "syft"
_REMEDY = "say the licence of each package that the finding names in [licenses.packages] in lockstep.toml"


def _is_manifest(_: Component, entry: FileEntry) -> bool:
    name = basename(entry.path)
    return name in _MANIFESTS or (name.startswith("requirements") and name.endswith(".txt"))


def _is_python(component: Component) -> bool:
    return component.python


def _sources(invocation: Invocation) -> tuple[str, ...]:
    policy = msgspec.json.encode(invocation.settings.licenses, order="deterministic").decode()
    return (
        *(*invocation.program("lockstep"), "-m", "lockstep.plugin.building.sources"),
        f"--python={invocation.python}",
        f"--collector={invocation.data}/plugin/lockstep_licenses.py",
        f"--component={invocation.component.path}",
        f"--policy={policy}",
        f"--name={_name(invocation.component)}",
        f"--syft={invocation.program(_SYFT)[0]}",
        f"--epoch={invocation.places['epoch']}",
        f"--scratch={invocation.scratch}",
        f"--report={invocation.report(built.REPORT)}",
    )


def _name(component: Component) -> str:
    """Return a file name for the document about a component's sources."""
    return re.sub(r"[^A-Za-z0-9]+", "-", f"sources {component.path}").strip("-")


def _parse(output: Output, invocation: Invocation) -> Report:
    if output.exit_code:
        return Report(problem="nobody could list what the component consists of")
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
    ),
)
