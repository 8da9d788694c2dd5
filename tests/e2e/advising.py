"""Advisory databases in Trivy's own format, written by `tests/trivydb` from published facts, and one that is served."""

import contextlib
import hashlib
import json
import sqlite3
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
# The tables of trivy-java-db's schema 1.
_TABLES = """
CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
"""

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


def java_index(folder: Path, published: datetime, *archives: tuple[str, str, str, bytes]) -> dict[str, bytes]:
    """Return the files of an index of Java archives, given by group, artifact, version and content."""
    path = folder / "trivy-java.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(_TABLES)
        for number, (group, artifact, version, content) in enumerate(archives):
            database.execute("INSERT INTO artifacts VALUES (?, ?, ?)", (number, group, artifact))
            digest = hashlib.sha1(content, usedforsecurity=False).digest()
            database.execute("INSERT INTO indices VALUES (?, ?, ?, 'jar')", (number, version, digest))
        database.commit()
    times = {"UpdatedAt": published.strftime(_TIME), "NextUpdate": (published + _PROMISED).strftime(_TIME)}
    return {path.name: path.read_bytes(), "metadata.json": json.dumps({"Version": 1, **times}).encode()}


@contextlib.contextmanager
def served(tool: Tool, folder: Path) -> Iterator[str]:
    """Yield the OCI reference of a database that is an hour old, for as long as its registry runs."""
    folder.mkdir(parents=True, exist_ok=True)
    made = write(built(tool, folder / "trivydb"), folder, datetime.now(UTC) - timedelta(hours=1))
    with registry(tool("registry"), folder / "registry") as address:
        push_database(f"{address}/mirror/trivy-db:2", made)
        yield f"{address}/mirror/trivy-db:2"
