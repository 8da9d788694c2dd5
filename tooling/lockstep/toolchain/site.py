"""What a way of installing is given, and how it says that it failed."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from lockstep.host import Host
from lockstep.host.environment import for_installers, masked, secrets
from lockstep.host.process import Process

MINUTE = 60.0
_SHOWN = 8


class SourceError(Exception):
    """A source cannot give the tool: `reason` in a sentence; `refused` where its bytes had the wrong digest."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused


class Site(msgspec.Struct, frozen=True):
    """Where a tool is being made ready.

    folder: absolute, new and empty; what is left in it becomes the tool. scratch: absolute, gone afterwards.
    tell: says how far it is (fraction 0.0 to 1.0, -1.0 where unknown) and what is being done.
    program: lock name -> argv prefix of another tool that is needed for it (go, npm), installed if need be.
    bundle: folder of an opened bundle, where sources look instead of the network, or None.
    """

    host: Host
    platform: str
    folder: Path
    scratch: Path
    tell: Callable[[float, str], None]
    program: Callable[[str], tuple[str, ...]]
    bundle: Path | None = None

    def run(self, argv: tuple[str, ...], env: Mapping[str, str], *, cwd: Path, limit: float) -> bytes:
        """Run an installer for at most `limit` seconds and return its standard output.

        Raises:
            SourceError: it failed; the reason is the end of what it said.
        """
        done = self.host.processes.run(Process(argv, str(cwd), env, limit))
        if done.exit_code == 0 and not done.failure:
            return done.stdout
        said = masked(done.stderr or done.stdout, secrets(self.host.environ)).decode("utf-8", "replace")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        raise SourceError(f"{Path(argv[0]).name}: {done.failure or '; '.join(lines[-_SHOWN:]) or 'failed'}")

    def environ(self, **more: str) -> dict[str, str]:
        """Return what installers see of the machine (mirrors, certificates, proxies), with `more` on top."""
        return {**for_installers(self.host.environ), "TMPDIR": str(self.scratch), **more}
