"""hadolint over Dockerfiles, and what it does not ask for: every image by digest."""

from posixpath import basename

from lockstep.model import targets
from lockstep.model.component import Component, FileEntry
from lockstep.model.finding import Report
from lockstep.model.gate import Check, Invocation, Output
from lockstep.parsers import hadolint, own

_NAMES = frozenset({"dockerfile", "containerfile"})


def _is_dockerfile(_: Component, entry: FileEntry) -> bool:
    """`Dockerfile`, `Dockerfile.NAME` and `NAME.Dockerfile`, in any case; the same with `Containerfile`."""
    stem, _dot, suffix = basename(entry.path).lower().rpartition(".")
    named = suffix in _NAMES or (stem in _NAMES and suffix != "dockerignore")
    return named and not entry.is_link


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


def _images(invocation: Invocation) -> tuple[str, ...]:
    program = (*invocation.program("lockstep"), f"{invocation.data}/plugin/lockstep_images.py")
    return (*program, *targets.files(invocation))


def _pin(invocation: Invocation) -> tuple[str, ...]:
    program = (*invocation.program("lockstep"), "-P", "-m", "lockstep.plugin.pinning", "dockerfiles")
    return (*program, *targets.files(invocation))


def _read_images(output: Output, invocation: Invocation) -> Report:
    return own.read(output.stdout, output.stderr, output.exit_code, rule="image-digest", root=invocation.root)


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

IMAGES = Check(
    id="images",
    title="Dockerfiles name every image by digest",
    remedy="write `NAME:TAG@sha256:DIGEST`, or `ARG IMAGE` without a default and give it by digest to the build; "
    "`nox -s lint -- --fix` writes the digests that [pins.images] in lockstep.toml knows",
    tools=("lockstep",),
    select=_is_dockerfile,
    argv=_images,
    parse=_read_images,
    fix=_pin,
    fix_order=10,
)
