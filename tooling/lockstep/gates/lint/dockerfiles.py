"""hadolint over Dockerfiles, and Lockstep's own policies through conftest: images by digest, no root, no secrets, no downloads."""

import msgspec

from lockstep.artifacts import dockerfiles
from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Finding, Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import conftest_json, hadolint

_REPORT = "report.json"


def _is_dockerfile(_: Component, entry: FileEntry) -> bool:
    return dockerfiles.is_named(entry.path) and not entry.is_link


def _hadolint(invocation: Invocation) -> tuple[str, ...]:
    config = invocation.component.configuration("hadolint")
    return (
        *invocation.program("hadolint"),
        "--format=json",
        "--no-color",
        *(("--config", config) if config else ()),
        "--",
        *targets.files(invocation),
    )


def _read_hadolint(output: Output, invocation: Invocation) -> Report:
    return hadolint.read(output.stdout, output.stderr, output.exit_code, files=invocation.files, root=invocation.root)


def _policies(invocation: Invocation) -> tuple[str, ...]:
    return (
        *invocation.module("lockstep.plugin.iac.dockerfiles"),
        f"--program={invocation.program(conftest_json.TOOL)[0]}",
        f"--tree={invocation.scratch}/tree",
        f"--scratch={invocation.scratch}",
        f"--rules={invocation.data}/rules",
        f"--report={invocation.report(_REPORT)}",
        *(f"--file={path}" for path in invocation.files),
    )


def _pin(invocation: Invocation) -> tuple[str, ...]:
    program = (*invocation.module("lockstep.plugin.pinning"), "dockerfiles")
    return (*program, *targets.files(invocation))


def _read_policies(output: Output, invocation: Invocation) -> Report:
    """Read what the policies deny; the report numbers the files, for their names need not be text."""
    report = conftest_json.read(output.files.get(_REPORT, b""))
    return msgspec.structs.replace(report, findings=tuple(_named(each, invocation) for each in report.findings))


def _named(finding: Finding, invocation: Invocation) -> Finding:
    path = invocation.files[int(finding.location.path)]
    anchor = finding.anchor and path
    return msgspec.structs.replace(
        finding, anchor=anchor, location=msgspec.structs.replace(finding.location, path=path)
    )


HADOLINT = Check(
    id="hadolint",
    title="hadolint finds nothing in Dockerfiles",
    remedy="the link of the rule says what to write; `# hadolint ignore=DL1234` above the line where it is wrong",
    tools=("hadolint",),
    select=_is_dockerfile,
    argv=_hadolint,
    parse=_read_hadolint,
    context=(".hadolint.yaml", ".hadolint.yml"),
)

POLICIES = Check(
    id="dockerfiles",
    title="Dockerfiles name every image by digest, run nothing as root, and hold no secret and no unchecked download",
    remedy="the finding says what to write. An image is `NAME:TAG@sha256:DIGEST`, or `ARG IMAGE` without a default, given by digest to "
    "the build; `nox -s lint -- --fix` writes the digests that [pins.images] in lockstep.toml knows",
    tools=("conftest", "lockstep"),
    select=_is_dockerfile,
    argv=_policies,
    parse=_read_policies,
    exits=(0,),
    reports=(_REPORT,),
    fix=_pin,
    fix_order=10,
)
