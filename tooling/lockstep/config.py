"""lockstep.toml as frozen values.

An unknown key, a wrong type or an impossible value is an error; all of them are shown together, each with its line.
An absent or empty file means the defaults.
"""

import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec

from lockstep.errors import ConfigError
from lockstep.model.component import Kind
from lockstep.model.digests import printable

FILE = "lockstep.toml"

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Seconds = Annotated[int, msgspec.Meta(gt=0)]
Processors = Annotated[int, msgspec.Meta(ge=1)]
Hours = Annotated[int, msgspec.Meta(gt=0)]
Version = Annotated[str, msgspec.Meta(pattern=r"^3\.\d+$")]
Blocking = typing.Literal["critical", "high", "medium", "low"]
# What becomes an argument of a program may not look like an option of it.
Reference = Annotated[str, msgspec.Meta(pattern=r"^$|^[A-Za-z0-9][^\s]*$")]
Days = Annotated[int, msgspec.Meta(gt=0)]
Address = Annotated[str, msgspec.Meta(pattern=r"^$|^https?://[^\s/]+[^\s]*$")]
RepositoryName = Annotated[str, msgspec.Meta(pattern=r"^$|^[a-z0-9]+([._-]+[a-z0-9]+)*$")]
Platform = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$")]
ArgumentName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*$")]
Megabytes = Annotated[int, msgspec.Meta(ge=1)]
Folder = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f]*$")]
RequirementsFile = Annotated[str, msgspec.Meta(pattern=r"^(?!/)[^\x00-\x1f]+\.(txt|in)$")]
Contract = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._][^\x00-\x1f]*\.(json|yaml|yml)$")]
# The transports of containers-transports(5) that Trivy reads.
Image = Annotated[str, msgspec.Meta(pattern=r"^$|^(docker://|docker-daemon:|docker-archive:|oci:)[A-Za-z0-9._/]\S*$")]

Action = Annotated[str, msgspec.Meta(pattern=r"^[\w.-]+/[\w./-]+@(?![0-9a-f]{40}$)[^\s@#]+$")]
Commit = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}$")]
ImageName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][\w./:-]*$")]
ImageDigest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]

# Permissive and weak-copyleft-by-file licences that an organisation's service may depend on (SPDX identifiers).
DEFAULT_LICENSES = (
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CNRI-Python",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
    "Zlib",
)


class RepositoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The repository: its name, the branch that changes are compared with, its owners, and what nobody checks (globs)."""

    name: str = ""
    base: str = "origin/main"
    owners: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Folders that match `path` (a glob of whole segments) are components of that kind."""

    path: str
    kind: Kind


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Coverage required, in percent (CI-CL-001 section 7)."""

    lines: Percent = 85.0
    branches: Percent = 80.0


class Ignored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Findings of one rule (of one package, or of all) that do not count, why, and until when."""

    rule: str
    reason: str
    expires: date
    package: str = ""


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a security gate lets pass; None means as the repository does, and CI-CL-001 section 7 in the end.

    severities: those that block. fixed_only: what has no fixed version yet does not block. ignore: what does not count.
    """

    severities: tuple[Blocking, ...] | None = None
    fixed_only: bool | None = None
    ignore: tuple[Ignored, ...] = ()


class ContractsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a component's event schemas may change; the modes are those of schema registries."""

    mode: typing.Literal[
        "NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"
    ] = "BACKWARD"


class ComponentBuildConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a component's image is built, from the Dockerfile in its folder.

    name: what the image is called (default: as the component's folder). platforms: what it is built for, `linux/amd64` by
    default. arguments: those of the Dockerfile. budget: megabytes that its layers may have, as they are sent (default 500).
    shell: false where no shell may be in it. trial: whether it has to work in a Docker daemon read-only, without capabilities and
    without a network, which its health check tells.
    """

    name: RepositoryName = ""
    platforms: Annotated[tuple[Platform, ...], msgspec.Meta(min_length=1)] = ("linux/amd64",)
    arguments: dict[ArgumentName, str] = {}
    budget: Megabytes = 500
    shell: bool = True
    trial: bool = False


class BuildConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What images are built with. mirrors: registries as Dockerfiles name them (`docker.io`), and what to ask instead.

    buildkit: the image of the builder that a Docker daemon runs, "" for Buildx's own choice.
    """

    mirrors: dict[str, Reference] = {}
    buildkit: Reference = ""


class PactsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which contract a pact's provider has, where its name does not tell.

    providers: name of the provider, as pacts have it -> path of its OpenAPI contract, from the repository's root.
    """

    providers: dict[str, Contract] = {}


class ComponentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one component decides for itself; None means as the repository does.

    requirements: the files, from its folder, that make its environment (default: uv.lock, poetry.lock, or all
    requirements files, whichever lies nearest). install: `path` puts its sources on the import path, `wheel` builds and
    installs its wheel. image: the container image that it ships as, paths from the repository's root. gates: what security
    gates let pass in it, by gate. build: how its own image is built.
    """

    thresholds: Thresholds | None = None
    depends: tuple[str, ...] | None = None
    python: tuple[Version, ...] | None = None
    requirements: tuple[RequirementsFile, ...] = ()
    install: typing.Literal["path", "wheel"] = "path"
    image: Image = ""
    gates: dict[str, Tolerance] = {}
    contracts: ContractsConfig = ContractsConfig()
    build: ComponentBuildConfig = ComponentBuildConfig()


class PythonConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version matrix; empty means the interpreter that runs Lockstep."""

    versions: tuple[Version, ...] = ()


class LicensesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SPDX identifiers that are allowed, and the licence of packages whose metadata does not tell.

    development: allowed besides to packages that only development groups need, which nobody ships.
    """

    allow: tuple[str, ...] = DEFAULT_LICENSES
    development: tuple[str, ...] = ()
    packages: dict[str, str] = {}


class Allowance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gate that may be unavailable in CI: why, and until when."""

    reason: str
    expires: date


class GateConfig(Tolerance, frozen=True, forbid_unknown_fields=True):
    """One gate's settings, each for every action of it: a time limit in seconds, and the processors that it may use.

    unavailable: an allowance to be unavailable in CI.
    """

    timeout: Seconds | None = None
    cpus: Processors | None = None
    unavailable: Allowance | None = None


class DatabaseConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a database comes from: an OCI reference, "" for nowhere.

    max_age: hours since it was published after which it vouches for nothing. insecure: plain HTTP, or a certificate that
    nobody vouches for. timeout: seconds that fetching it may take.
    """

    database: Reference = ""
    max_age: Hours = 72
    insecure: bool = False
    timeout: Seconds = 600


class JavaIndexConfig(DatabaseConfig, frozen=True, forbid_unknown_fields=True):
    """Where Trivy's index of Java archives comes from, by which it knows what a .jar in an image is; keys as above."""

    max_age: Hours = 336


class AdvisoriesConfig(DatabaseConfig, frozen=True, forbid_unknown_fields=True):
    """Where Trivy's advisory database comes from: an OCI reference, "" for nowhere.

    max_age: hours since it was published after which it vouches for nothing. insecure: plain HTTP, or a certificate that
    nobody vouches for. timeout: seconds that fetching it may take.
    """

    java_index: JavaIndexConfig = JavaIndexConfig()


class IacConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where Terraform's providers are: a folder laid out as a filesystem mirror or plugin cache, from the repository's root.

    "" means what the machine's own Terraform configuration names.
    """

    provider_mirror: Folder = ""


class PinsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `nox -s lint -- --fix` pins, beside the actions that Lockstep's own workflow uses.

    actions: `OWNER/NAME@REF` and the full commit SHA that it is. images: `NAME:TAG`, as it is written where it is used, and
    its digest, `sha256:...`.
    """

    actions: dict[Action, Commit] = {}
    images: dict[ImageName, ImageDigest] = {}


class IndexConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Python index that wheels are published to.

    upload: where they are sent. simple: its Simple API (PEP 503), where it is asked what is there.
    """

    upload: Address = ""
    simple: Address = ""


class RegistryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The registries that images go to, each as `host/path`, to which the image's name is added.

    repository: for releases. preview: for images of commits and pull requests (`lockstep release.preview`), whose tags `pr-N`
    move. insecure: plain HTTP, or a certificate that nobody vouches for.
    """

    repository: Reference = ""
    preview: Reference = ""
    insecure: bool = False


class MirrorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The S3 bucket that keeps every release with its evidence, encrypted by a KMS key (its ARN, id or `alias/...`).

    endpoint: of a server other than Amazon's. infrequent: days in Standard-IA; glacier: days in Glacier after those, then an
    artifact expires. audit: days for which evidence and release indexes can neither be changed nor deleted, under the
    lock `COMPLIANCE` (nobody can lift it) or `GOVERNANCE`.
    """

    bucket: Reference = ""
    prefix: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9._-]+/)*$")] = ""
    region: str = "ca-central-1"
    key: Reference = ""
    endpoint: Address = ""
    infrequent: Days = 180
    glacier: Days = 730
    audit: Days = 910
    lock: typing.Literal["COMPLIANCE", "GOVERNANCE"] = "COMPLIANCE"


class ReleaseConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How releases are cut and where they are published.

    per: whether the repository or each component has versions of its own. changelog: its file, from the component's folder;
    "" for none. initial: the first version. unconventional: what a commit that is no Conventional Commit means: the cut is
    refused, it is passed over, or it counts as a patch. branches: each release line has a branch `release/vX.Y`.
    url: the repository's web address, for links; "" means what the remote says. timeout: seconds that one step of publishing
    may take. policy: the file of the evidence policy that a release must satisfy (`lockstep evidence.verify`), from the
    root. unproved: releases go out and come back though no policy is named, on the word of the run's record alone;
    without either, publishing and restoring are refused.
    """

    per: typing.Literal["repository", "component"] = "repository"
    changelog: Annotated[str, msgspec.Meta(pattern=r"^$|^[A-Za-z0-9][\w./-]*$")] = "CHANGELOG.md"
    initial: Annotated[str, msgspec.Meta(pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")] = "0.1.0"
    unconventional: typing.Literal["refuse", "ignore", "patch"] = "refuse"
    branches: bool = True
    url: Address = ""
    timeout: Seconds = 900
    policy: Folder = ""
    unproved: bool = False
    index: IndexConfig = IndexConfig()
    registry: RegistryConfig = RegistryConfig()
    mirror: MirrorConfig = MirrorConfig()


class KeylessConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signing without a key that is kept: whoever runs shows an OpenID Connect token, and a certificate vouches for it.

    fulcio: who makes certificates. timestamp: a timestamp authority (RFC 3161). rekor: a transparency log, and the version of
    its interface, `rekor_version`; one of version 2 tells no time and needs a timestamp authority as well.
    signing_config: a Sigstore signing config (v0.2) that names all of them instead, from the repository's root. audience:
    for whom the token is. token: a file that holds it, where neither SIGSTORE_ID_TOKEN nor GitHub Actions gives one.
    timeout: seconds that one answer may take.
    """

    fulcio: Address = ""
    timestamp: Address = ""
    rekor: Address = ""
    rekor_version: typing.Literal[1, 2] = 2
    signing_config: Folder = ""
    audience: Annotated[str, msgspec.Meta(min_length=1)] = "sigstore"
    token: Folder = ""
    timeout: Seconds = 30


class EvidenceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs what a run shows, and how the repository is called there.

    source: its address as others know it, such as https://git.example/shop. key: the private key's file, from the
    repository's root, outside of which it may be, or a key of Amazon's KMS in cosign's notation (`awskms:///alias/NAME`, or
    the key's id or ARN); the variable LOCKSTEP_EVIDENCE_KEY goes before it and before `keyless`, and without any of them
    nothing is signed. builder: the address under which whoever runs builds is known (SLSA's builder id). keyless: signs
    with certificates instead.
    """

    source: str = ""
    key: Folder = ""
    builder: str = ""
    keyless: KeylessConfig | None = None


class SbomConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which notations documents about what things consist of are made: always SPDX, CycloneDX besides where asked for."""

    cyclonedx: bool = False


class EnvironmentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of variables that tests may see; their values become part of the keys."""

    passed: tuple[str, ...] = ()


class ToolsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool lock of the repository's own, whose entries replace the shipped ones by name."""

    lock: str = ""


class SurfacesConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files that are generated from the gates, relative to the root; "" means that the repository has none.

    workflow: GitHub's, one job for each gate. hooks: pre-commit's. gates: a page about every gate. configuration: a page
    about every key of lockstep.toml and waivers.toml.
    """

    workflow: str = ""
    hooks: str = ""
    gates: str = ""
    configuration: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """lockstep.toml, whole."""

    repository: RepositoryConfig = RepositoryConfig()
    rules: tuple[Rule, ...] = ()
    component: dict[str, ComponentConfig] = {}
    python: PythonConfig = PythonConfig()
    thresholds: Thresholds = Thresholds()
    licenses: LicensesConfig = LicensesConfig()
    gates: dict[str, GateConfig] = {}
    advisories: AdvisoriesConfig = AdvisoriesConfig()
    iac: IacConfig = IacConfig()
    pacts: PactsConfig = PactsConfig()
    evidence: EvidenceConfig = EvidenceConfig()
    build: BuildConfig = BuildConfig()
    sbom: SbomConfig = SbomConfig()
    pins: PinsConfig = PinsConfig()
    release: ReleaseConfig = ReleaseConfig()
    environment: EnvironmentConfig = EnvironmentConfig()
    tools: ToolsConfig = ToolsConfig()
    surfaces: SurfacesConfig = SurfacesConfig()

    def versions_of(self, component: str) -> tuple[str, ...]:
        """Return the component's version matrix, by its name; empty means the interpreter that runs Lockstep."""
        own = self.component.get(component)
        return self.python.versions if own is None or own.python is None else own.python


def load(root: Path) -> Config:
    """Read `lockstep.toml` in `root`; an absent file means the defaults.

    Raises:
        ConfigError: it cannot be read, is not TOML, or says what cannot be meant.
    """
    path = root / FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ConfigError(f"cannot read {FILE}", where=str(path), why=str(error.strerror)) from error
    return parse(data)


def parse(data: bytes, name: str = FILE) -> Config:
    """Return the configuration in `data`.

    Raises:
        ConfigError: with every problem and its line.
    """
    return typing.cast("Config", parse_toml(data, name, Config))


def parse_toml(data: bytes, name: str, type_: type[msgspec.Struct]) -> msgspec.Struct:
    """Return TOML bytes as a struct of `type_`.

    Raises:
        ConfigError: with every problem and its line.
    """
    try:
        text = data.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name} is not UTF-8", where=f"{name}:{line}", remedy="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        line_of = re.search(r"at line (\d+)", str(error))
        where = f"{name}:{line_of[1]}" if line_of else name
        raise ConfigError(f"{name} is not TOML", where=where, why=str(error)) from error
    try:
        return msgspec.convert(table, type_)
    except msgspec.ValidationError:
        problems = tuple(_problems(table, type_, ()))
    lines = [f"{name}:{line_of_key(text, path)}: {why}" for path, why in problems]
    raise ConfigError(
        f"{name} has {len(lines)} mistake{'s' if len(lines) > 1 else ''}",
        where=lines[0].split(": ", 1)[0],
        why="\n           ".join(lines),
        remedy="see docs/configuration.md for every key",
    )


Path_ = tuple[str | int, ...]


def _problems(value: Any, type_: Any, path: Path_) -> Iterator[tuple[Path_, str]]:  # noqa: ANN401 - any TOML value
    """Yield every problem of `value`, seen as `type_`, by descending into tables and arrays."""
    struct = _struct_in(type_)
    if struct is not None and isinstance(value, dict):
        yield from _struct_problems(value, struct, path)
        return
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if origin is dict and isinstance(value, dict):
        for key, item in value.items():
            yield from _problems(key, arguments[0], (*path, key))
            yield from _problems(item, arguments[1], (*path, key))
    elif origin is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, arguments[0], (*path, index))
    else:
        try:
            msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            yield path, f"{_dotted(path)}: {error}"


def _struct_problems(
    table: Mapping[str, Any], struct: type[msgspec.Struct], path: Path_
) -> Iterator[tuple[Path_, str]]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for key, item in table.items():
        if key in fields:
            yield from _problems(item, fields[key].type, (*path, key))
        else:
            yield (*path, key), f"unknown key {_dotted((*path, key))}{_meant(key, fields)}"
    for name, field in fields.items():
        if field.required and name not in table:
            yield path, f"{_dotted(path)} lacks `{name}`"


def _struct_in(type_: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401 - a type expression
    candidates = typing.get_args(type_) if isinstance(type_, types.UnionType) else (type_,)
    return next((each for each in candidates if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)


def _meant(key: str, known: Mapping[str, object]) -> str:
    import difflib  # noqa: PLC0415 - only on the way to an error

    near = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean `{near[0]}`?)" if near else f" (known: {', '.join(sorted(known))})"


def _dotted(path: Path_) -> str:
    return printable(".".join(str(part) for part in path)) or "the file"


def line_of_key(text: str, path: Path_) -> int:
    """Return the line (from 1) where the innermost known key of `path` is written; 1 where it cannot be told."""
    keys = [part for part in path if isinstance(part, str)]
    index = next((part for part in path if isinstance(part, int)), 0)
    lines = text.splitlines()
    start = _header_line(lines, keys, index)
    end = next((n for n in range(start + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
    for key in reversed(keys):
        written = re.compile(rf"\s*\[*\s*[\"']?(?:[\w.\"'-]*\.)?{re.escape(key)}[\"']?\s*(=|\.|\])")
        found = next((n for n in range(start, end) if written.match(lines[n])), None)
        if found is not None:
            return found + 1
    return start + 1


def _header_line(lines: list[str], keys: list[str], index: int) -> int:
    """Return the index of the table header that is nearest to `keys`; the `index`-th of an array of tables."""
    for size in range(len(keys), 0, -1):
        wanted = ".".join(keys[:size])
        hits = [n for n, line in enumerate(lines) if re.sub(r"[\s\"']", "", line.split("#")[0]).strip("[]") == wanted]
        headers = [n for n in hits if lines[n].lstrip().startswith("[")]
        if headers:
            return headers[min(index, len(headers) - 1)]
    return 0
