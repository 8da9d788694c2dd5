"""Where a tool comes from, as data: one frozen value per kind of source, each with its own digests.

Digests are written as their registries publish them: `sha256:<hex>` (PyPI, vendor releases), `sha512-<base64>`
(npm, Subresource Integrity) and `h1:<base64>` (Go modules, golang.org/x/mod/sumdb/dirhash).
"""

from typing import Annotated, ClassVar

import msgspec

DigestText = Annotated[
    str, msgspec.Meta(pattern=r"^(sha256:[0-9a-f]{64}|sha512-[A-Za-z0-9+/]{86}==|h1:[A-Za-z0-9+/]{43}=)\Z")
]
PlatformName = Annotated[str, msgspec.Meta(pattern=r"^(linux|macos)-(x86_64|arm64)\Z")]
# What becomes part of a path or of a command line in the store may neither leave it nor look like an option.
VersionText = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*\Z")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*\Z")]
RelativePath = Annotated[str, msgspec.Meta(pattern=r"^(?!/)(?!(?:.*/)?\.\.(?:/|\Z))[^\x00-\x1f\\]+\Z")]
Word = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x20-][^\x00-\x20]*\Z")]


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One platform's file: its digest, and what the source calls that platform (put for `{name}` in templates)."""

    digest: DigestText
    name: str = ""


class _Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every source has: a name that people know it by."""

    label: ClassVar[str]


class PypiSource(_Source, frozen=True, tag="pypi"):
    """Wheels, the whole closure pinned by `requirements` (a file beside the lock) whose SHA-256 is `digest`.

    `package` is the requirement that the closure was made from; `overrides` replace requirements within it.
    `run` is the argv prefix as globs in the tool's folder; empty means `bin/<program>`.
    """

    label: ClassVar[str] = "the Python package index"
    package: Word
    requirements: RelativePath
    digest: DigestText
    overrides: tuple[str, ...] = ()
    run: tuple[RelativePath, ...] = ()


class NpmSource(_Source, frozen=True, tag="npm"):
    """A package (`name@version`) whose tarball holds the program as `member`; both may hold `{version}` and `{name}`."""

    label: ClassVar[str] = "the npm registry"
    package: Word
    member: RelativePath
    platforms: dict[PlatformName, Pin]


class NpmTreeSource(_Source, frozen=True, tag="npm-tree"):
    """A package (`name@{version}`) and all that it needs, each pinned in `tree`, whose SHA-256 is `digest`.

    `tree` is a package-lock.json (version 3) beside the lock, without addresses. `member` is the program's script.
    """

    label: ClassVar[str] = "the npm registry"
    package: Word
    tree: RelativePath
    digest: DigestText
    member: RelativePath


class ReleaseSource(_Source, frozen=True, tag="release"):
    """A file that the vendor serves. `url` and `member` may hold `{version}` and `{name}`.

    `member` is the program's path in the archive (tar or zip); empty means that the file is the program.
    """

    label: ClassVar[str] = "the vendor's release"
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\x00-\x20]+\Z")]
    platforms: dict[PlatformName, Pin]
    member: str = ""


class GoSource(_Source, frozen=True, tag="go"):
    """A module (`path@version`) built as its maker builds it. `digest` is its h1 sum, `package` what is built in it.

    `module` and `ldflags` may hold `{version}`; `env` is added to the build's environment (GOEXPERIMENT and the like).
    """

    label: ClassVar[str] = "the Go module proxy"
    module: Word
    digest: DigestText
    package: Word = "."
    ldflags: str = ""
    env: dict[str, str] = {}


class MachineSource(_Source, frozen=True, tag="machine"):
    """A program that the machine may have on its PATH already; it is used as it is."""

    label: ClassVar[str] = "this machine"
    program: FileName


class ToolSource(_Source, frozen=True, tag="tool"):
    """Another entry of the lock that does the same work."""

    label: ClassVar[str] = "another entry"
    tool: str


Fetched = PypiSource | NpmSource | NpmTreeSource | ReleaseSource | GoSource
Source = PypiSource | NpmSource | NpmTreeSource | ReleaseSource | GoSource | MachineSource | ToolSource


def filled(template: str, version: str, name: str = "") -> str:
    """Return `template` with `{version}` and `{name}` put in."""
    return template.replace("{version}", version).replace("{name}", name)


def pins(source: Source, platform: str) -> tuple[str, ...]:
    """Return all that decides what `source` gives on `platform`, its digest first; none where it has nothing for it."""
    match source:
        case PypiSource():
            return (source.digest, *source.run)
        case NpmTreeSource():
            return (source.digest, source.member)
        case GoSource():
            return (source.digest, source.package, source.ldflags, *(f"{k}={v}" for k, v in sorted(source.env.items())))
        case NpmSource() | ReleaseSource():
            pin = source.platforms.get(platform)
            return (pin.digest, source.member) if pin else ()
        case MachineSource():
            return (f"machine:{source.program}",)
        case ToolSource():
            return (f"tool:{source.tool}",)
