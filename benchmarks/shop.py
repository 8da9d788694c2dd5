"""The repository that is measured: the rendered monorepo, green, with its tools and environments ready."""

import os
import shutil
import sys
from pathlib import Path

import msgspec

from benchmarks.measuring import timed
from tests.templates.rendering import commit, render

_MODULE = "services/orders/src/orders/book.py"
_NOOP = '''\
import nox


@nox.session(venv_backend="none")
def noop(session: nox.Session) -> None:
    """Do nothing."""
'''


class Shop(msgspec.Struct, frozen=True):
    """A checkout at `root`; `aside` is a folder beside it for whatever belongs to the measurement."""

    root: Path
    aside: Path

    def gates(self) -> float:
        """Return the seconds of `nox -s gates`, in which nothing may be red; trivy, without a database, is unavailable."""
        return timed((*_NOX, "-s", "gates"), self.root, _environ())

    def noop(self) -> float:
        """Return the seconds of a nox session that does nothing."""
        return timed((*_NOX, "-f", str(self.aside / "noop.py"), "-s", "noop"), self.root, _environ())

    def forget(self) -> None:
        """Drop every result, and what the tools remember themselves; tools and environments stay."""
        for name in ("cache", "runs"):
            shutil.rmtree(self.root / ".lockstep" / name, ignore_errors=True)
        for folder in sorted((self.root / ".lockstep" / "tools").glob("*/*/*")):
            shutil.rmtree(folder)
            folder.mkdir()

    def change(self, number: int) -> None:
        """Change one Python module so that it still passes every gate; each number gives other bytes."""
        path = self.root / _MODULE
        text = path.read_text(encoding="utf-8").split("\n# Revision ", 1)[0].rstrip("\n")
        path.write_text(f"{text}\n\n\n# Revision {number} of the order book.\n", encoding="utf-8")

    def keep_state(self) -> None:
        """Keep what results and tools' own caches there are, for `restore_state`."""
        for name in ("cache", "tools"):
            shutil.rmtree(self.aside / name, ignore_errors=True)
            shutil.copytree(self.root / ".lockstep" / name, self.aside / name, symlinks=True)

    def restore_state(self) -> None:
        """Put back what was kept."""
        for name in ("cache", "tools"):
            shutil.rmtree(self.root / ".lockstep" / name, ignore_errors=True)
            shutil.copytree(self.aside / name, self.root / ".lockstep" / name, symlinks=True)


_NOX = (sys.executable, "-m", "nox")
# CI would judge strictly, and a machine on which Python keeps no bytecode would measure its compiler.
_DROPPED = frozenset({"CI", "GITHUB_ACTIONS", "PYTHONDONTWRITEBYTECODE"})


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _DROPPED}


def make(folder: Path) -> Shop:
    """Render the monorepo into `folder`, commit it and run every gate once."""
    shop = Shop(folder / "shop", folder / "aside")
    shop.aside.mkdir()
    (shop.aside / "noop.py").write_text(_NOOP, encoding="utf-8")
    commit(render(shop.root))
    shop.gates()
    return shop
