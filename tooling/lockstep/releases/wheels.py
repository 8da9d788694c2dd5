"""A Python index: asked by its Simple API, and published to by uv, which sends nothing that is there."""

from pathlib import Path

import msgspec

from lockstep.errors import RunError
from lockstep.host import Host
from lockstep.host.environment import for_installers, masked, secrets
from lockstep.host.process import Process
from lockstep.host.python_index import PythonIndex
from lockstep.toolchain import uv


class Uploaded(msgspec.Struct, frozen=True):
    """A file's place in an index (`releases.publishing.Target`). upload: where files are sent. timeout: in seconds."""

    host: Host
    index: PythonIndex
    upload: str
    path: Path
    project: str
    timeout: float

    def look(self) -> str:
        """Return the digest of the file of that name that the index has."""
        return self.index.digest(self.project, self.path.name)

    def put(self) -> None:
        """Send it.

        Raises:
            RunError: the index does not take it.
        """
        argv = (uv.program(), "publish", "--no-config", "--no-attestations", "--publish-url", self.upload)
        environ = {"UV_HTTP_TIMEOUT": str(int(self.timeout)), **for_installers(self.host.environ)}
        words = (*argv, "--check-url", self.index.simple, str(self.path))
        done = self.host.processes.run(
            Process(words, str(self.path.parent), environ, self.timeout, locks=self.host.locks)
        )
        if done.exit_code or done.failure:
            told = masked(done.stderr, secrets(self.host.environ)).decode("utf-8", "replace").strip()
            why = done.failure or " ".join(told.partition("error: ")[2].split()) or told
            raise RunError("the Python index does not take a file", where=self.path.name, why=why)
