"""A registry of container images, through crane."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from lockstep.errors import RunError
from lockstep.host import Host
from lockstep.host.ecr import Ecr
from lockstep.host.environment import for_registries
from lockstep.host.files import PRIVATE, private_folder, write_atomic
from lockstep.host.process import Completed, Process

# How registries say that there is no such image (OCI Distribution Specification 1.1, error codes). Only crane's last line
# counts: before it crane tells of what it tried first.
_ABSENT = re.compile(rb"MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found|NAME_NOT_FOUND")
_ECR = re.compile(r"(?P<account>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


class Registry(msgspec.Struct, frozen=True):
    """crane, and how it is let in. environ: what it needs of the machine. timeout: in seconds, of one call."""

    host: Host
    program: tuple[str, ...]
    environ: Mapping[str, str]
    insecure: bool
    timeout: float

    def digest(self, reference: str) -> str:
        """Return the digest (SHA-256, hexadecimal) of an image, "" where there is none.

        Raises:
            RunError: the registry cannot be asked.
        """
        done = self._run("digest", reference)
        if done.exit_code and _ABSENT.search(done.stderr.strip().rpartition(b"\n")[2]):
            return ""
        return _succeeded(done, "the registry cannot be asked", reference).decode().strip().removeprefix("sha256:")

    def push(self, layout: Path, reference: str) -> None:
        """Push the image of an OCI layout; blobs that are there are not sent again.

        Raises:
            RunError: the registry does not take it.
        """
        _succeeded(self._run("push", str(layout), reference), "the registry does not take the image", reference)

    def _run(self, *words: str) -> Completed:
        flags = ("--insecure",) if self.insecure else ()
        argv = (*self.program, *words, *flags)
        return self.host.processes.run(
            Process(argv, str(self.host.temporary), self.environ, self.timeout, locks=self.host.locks)
        )


class Pushed(msgspec.Struct, frozen=True):
    """An image's place in a registry (`releases.publishing.Target`)."""

    registry: Registry
    layout: Path
    reference: str

    def look(self) -> str:
        """Return the digest of the image that has the tag."""
        return self.registry.digest(self.reference)

    def put(self) -> None:
        """Push it."""
        self.registry.push(self.layout, self.reference)


def ecr_place(repository: str) -> tuple[str, str] | None:
    """Return account and region of a registry of Amazon's, None for any other registry."""
    match = _ECR.fullmatch(repository.partition("/")[0])
    return (match["account"], match["region"]) if match else None


def token(ecr: Ecr, repository: str, images: Iterable[str]) -> str:
    """Return the token for a registry of Amazon's, in which no tag of the images can be moved.

    Raises:
        RefusedError: one can be, or an image has no repository there.
        RunError: the registry cannot be asked.
    """
    for image in images:
        ecr.refuse_mutable(path_of(repository, image))
    return ecr.token()


def path_of(repository: str, image: str) -> str:
    """Return the name of an image's repository in its registry, without the registry's host."""
    return f"{repository.partition('/')[2].strip('/')}/{image}".lstrip("/")


@contextlib.contextmanager
def let_in(host: Host, repository: str, token: str) -> Iterator[dict[str, str]]:
    """Yield the environment of crane; a token (`user:password` in base64) is in a private folder, as Docker's login.

    Without one the machine's own logins count.
    """
    environ = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": host.environ.get("HOME", "/"),
        **for_registries(host.environ),
    }
    if not token:
        yield environ
        return
    with private_folder(host.temporary, f"{PRIVATE}login-") as folder:
        login = {"auths": {repository.partition("/")[0]: {"auth": token}}}
        write_atomic(folder / "config.json", msgspec.json.encode(login), mode=0o600)
        yield environ | {"DOCKER_CONFIG": str(folder)}


def _succeeded(done: Completed, what: str, where: str) -> bytes:
    if done.exit_code or done.failure:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RunError(what, where=where, why=done.failure or (told[-1] if told else f"exit code {done.exit_code}"))
    return done.stdout
