"""Advisory databases in Trivy's own format, written by `tests/trivydb` from published facts, and one that is served."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lockstep import host
from lockstep.host.environment import for_installers
from tests.e2e.gating import DATA
from tests.e2e.registries import push_database, registry

FACTS = DATA / "trivy" / "advisories.json"
_SOURCE = Path(__file__).parents[1] / "trivydb"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_PROMISED = timedelta(hours=24)

Tool = Callable[[str], tuple[str, ...]]


def built(tool: Tool, target: Path) -> Path:
    """Build the program that writes databases, with exactly the modules of its go.sum."""
    env = for_installers(host.system().environ) | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    flags = ("-trimpath", "-buildvcs=false", "-o", str(target))
    subprocess.run((*tool("go"), "build", *flags, "."), cwd=_SOURCE, env=env, check=True)
    return target


def write(program: Path, folder: Path, published: datetime, *more: dict[str, object]) -> Path:
    """Write a database of the facts and `more`, published at that time (UTC), and return its folder."""
    facts = json.loads(FACTS.read_bytes())
    facts["advisories"] += more
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    times = (published.strftime(_TIME), (published + _PROMISED).strftime(_TIME))
    subprocess.run((str(program), str(folder / "facts.json"), str(folder / "db"), *times), check=True)
    return folder / "db"


@contextlib.contextmanager
def served(tool: Tool, folder: Path) -> Iterator[str]:
    """Yield the OCI reference of a database that is an hour old, for as long as its registry runs."""
    folder.mkdir(parents=True, exist_ok=True)
    made = write(built(tool, folder / "trivydb"), folder, datetime.now(UTC) - timedelta(hours=1))
    with registry(tool("registry"), folder / "registry") as address:
        push_database(f"{address}/mirror/trivy-db:2", made)
        yield f"{address}/mirror/trivy-db:2"
