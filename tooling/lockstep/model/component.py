"""What a repository holds: files, and the components that they form."""

from enum import StrEnum

import msgspec

from lockstep.model.digests import Digest

ROOT = "."
# Folders whose manifests are examples and test data, not packages of this repository.
DATA_FOLDERS = frozenset(
    {"tests", "test", "testdata", "fixtures", "__fixtures__", "data", "examples", "templates", "node_modules"}
)


class Kind(StrEnum):
    """What a component is; the default path rules are CI-CL-001 section 4."""

    REPOSITORY = "repository"
    SERVICE = "service"
    PYTHON_LIBRARY = "python-library"
    NODE_PACKAGE = "node-package"
    IAC = "iac"
    OPENAPI = "openapi"
    EVENT_SCHEMA = "event-schema"
    OPS = "ops"


class FileEntry(msgspec.Struct, frozen=True, gc=False):
    """One file of the tree. `mode` is git's: 100644, 100755 or 120000 (a symbolic link, whose content is its target)."""

    path: str
    mode: str
    digest: Digest
    size: int

    @property
    def is_link(self) -> bool:
        """Whether the entry is a symbolic link; tools are never handed one."""
        return self.mode == "120000"


class Component(msgspec.Struct, frozen=True):
    """A unit that is built or checked. `path` is relative to the root with `/`, or `.`; `name` is unique.

    `depends` are the names of the components that this one uses directly. `python` is true where it has
    Python packaging of its own, and `source_roots` are the folders (relative to the repository's root) that
    go on the import path. `configured` are pairs of a tool and the configuration file (relative to the root) that is
    nearest to the component's folder and configures that tool (`lockstep.parsers.configured`). `image` is the container
    image that it ships as, in the notation of containers-transports(5), "" where it ships as none. `manifests` are its
    files that say by their keys that they are for Kubernetes or CloudFormation, and `templates` those that Helm renders,
    which are no YAML before that.
    """

    name: str
    path: str
    kind: Kind
    depends: tuple[str, ...] = ()
    python: bool = False
    source_roots: tuple[str, ...] = ()
    configured: tuple[tuple[str, str], ...] = ()
    image: str = ""
    manifests: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()

    def configuration(self, tool: str) -> str:
        """Return the file that configures the tool for this component, "" where there is none."""
        return dict(self.configured).get(tool, "")

    def relative(self, path: str) -> str:
        """Return repository-relative `path` relative to the component's folder."""
        return path if self.path == ROOT else path.removeprefix(self.path + "/")


def is_data(folder: str) -> bool:
    """Whether manifests in the folder are examples and test data, by the names of the folders around them."""
    return not DATA_FOLDERS.isdisjoint(folder.split("/"))
