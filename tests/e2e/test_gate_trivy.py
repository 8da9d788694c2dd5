"""trivy through the real Trivy, a database in its own format, and a registry on loopback."""

import base64
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from lockstep import config, toolchain
from lockstep import host as hosts
from lockstep.engine import explain
from lockstep.gates.trivy import GATE, ingest
from lockstep.host import Host
from lockstep.host.files import tag_cache
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.finding import Finding, Severity
from lockstep.model.gate import Gate
from lockstep.model.record import GateRecord, RunRecord
from lockstep.toolchain import advisories, bundle
from tests.e2e import advising, images
from tests.e2e.gating import DATA
from tests.e2e.registries import packed, push_database, push_index, push_layer, push_layout, registry, silent
from tests.engine.running import NOW, repository, run, write

pytestmark = pytest.mark.e2e

# `open sesame`, by bcrypt.
SESAME = "$2a$04$6BKqrpemU9plD74a/hi7YO2aoYJ1njWO.0Sd69r.n2PoBoTlyYlqq"
PUBLISHED = NOW - timedelta(hours=2)
# Kind of lock file: the file, the line that names the package, the advisory, and the package.
KINDS = {
    "uv": ("uv.lock", 5, "CVE-2020-14343", "pyyaml@5.3.1"),
    "poetry": ("poetry.lock", 2, "CVE-2022-29217", "pyjwt@2.3.0"),
    "requirements": ("requirements.txt", 2, "CVE-2023-32681", "requests@2.30.0"),
    "npm": ("package-lock.json", 12, "CVE-2021-23337", "lodash@4.17.20"),
    "pnpm": ("pnpm-lock.yaml", 17, "CVE-2021-44906", "minimist@1.2.5"),
    "go": ("go.mod", 5, "CVE-2022-32149", "golang.org/x/text@v0.3.7"),
    "cargo": ("Cargo.lock", 4, "CVE-2022-24713", "regex@1.5.4"),
    "maven": ("pom.xml", 9, "CVE-2021-44228", "org.apache.logging.log4j:log4j-core@2.14.1"),
}
JOBS = ("services/till/requirements/requirements-jobs.txt", 1, "CVE-2022-29217")


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now
        self._ticks = 0.0

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        self._ticks += 0.001
        return self._ticks


class Counting(SystemProcesses):
    """Real processes, counted by their program, git aside."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[str] = []

    def run(self, process: Process) -> Completed:
        if process.argv[0] != "git":
            self.started.append(Path(process.argv[0]).name)
        return super().run(process)


class World(NamedTuple):
    """A registry's address, and a machine that has Trivy but no database yet."""

    address: str
    host: Host
    clock: Clock
    processes: Counting


@pytest.fixture(scope="session")
def trivydb(tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], tuple[str, ...]]) -> Path:
    """Return the program that writes databases."""
    return advising.built(tool, tmp_path_factory.mktemp("trivydb") / "trivydb")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    """Yield the address of a registry."""
    with registry(tool("registry"), tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture(scope="session")
def database(trivydb: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that writes a database, published at a time, with more facts if need be."""

    def make(published: datetime = PUBLISHED, *more: dict[str, object]) -> Path:
        return advising.write(trivydb, tmp_path_factory.mktemp("database"), published, *more)

    return make


@pytest.fixture(scope="session")
def reference(address: str, database: Callable[..., Path]) -> str:
    """Return the reference of a young database."""
    push_database(f"{address}/mirror/trivy-db:2", database())
    return f"{address}/mirror/trivy-db:2"


@pytest.fixture
def world(address: str, tmp_path: Path, tool: Callable[[str], tuple[str, ...]]) -> World:
    tool("trivy")
    return world_in(tmp_path, address)


def world_in(folder: Path, address: str) -> World:
    """Return a machine whose store has the tools of this one, and nothing else."""
    real = hosts.system()
    store = folder / "store"
    tag_cache(store)
    (store / "tools").symlink_to(real.store / "tools")
    clock, processes = Clock(), Counting()
    # Its clock may be days ahead, by which the private folders of whatever else runs here would be stale.
    temporary = folder / "temporary"
    machine = msgspec.structs.replace(real, store=store, clock=clock, processes=processes, temporary=temporary)
    return World(address, msgspec.structs.replace(machine, environ={**machine.environ, "CI": ""}), clock, processes)


def settings(reference: str, more: str = "", **advisories_: object) -> str:
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in advisories_.items())
    return f'{more}\n[advisories]\ndatabase = "{reference}"\n{lines}'


def shop(root: Path, case: str, toml: str, *kinds: str, more: dict[str, str] | None = None) -> Path:
    """Make a repository with one service that has the lock files of those kinds (all if none is named)."""
    repository(root, {"lockstep.toml": toml, "services/till/README.md": "Till\n", **(more or {})})
    for kind in kinds or KINDS:
        shutil.copytree(DATA / "trivy" / case / kind, root / "services" / "till" / kind)
    return root


def judged(record: RunRecord) -> GateRecord:
    (gate,) = record.gates
    return gate


def scan(world: World, root: Path, gate: Gate = GATE, *, fresh: bool = False, foreign: bool = False) -> GateRecord:
    return judged(run(root, gate, host=world.host, fresh=fresh, foreign=foreign))


def places(gate: GateRecord) -> set[tuple[str, int, str]]:
    return {(each.location.path, each.location.line, each.rule) for each in gate.findings}


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {each.rule for each in findings}


@pytest.fixture(scope="module")
def dirty(
    tmp_path_factory: pytest.TempPathFactory, address: str, reference: str, tool: Callable[[str], tuple[str, ...]]
) -> GateRecord:
    tool("trivy")
    folder = tmp_path_factory.mktemp("dirty")
    return scan(world_in(folder, address), shop(folder / "shop", "dirty", settings(reference)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_vulnerable_version_is_found_in_every_kind_of_lock_file(dirty: GateRecord, kind: str) -> None:
    name, line, rule, package = KINDS[kind]
    path = f"services/till/{kind}/{name}"
    (found,) = [each for each in dirty.findings if each.location.path == path]
    assert (found.rule, found.location.line, found.anchor) == (rule, line, package)
    assert found.help_url == f"https://avd.aquasec.com/nvd/{rule.lower()}"
    assert found.fixed
    assert f"fixed in {found.fixed}" in found.message
    assert package.rpartition("@")[0].rpartition(":")[2] in found.snippet
    assert found.component == "services/till"


def test_requirements_under_another_name_are_scanned_too(dirty: GateRecord) -> None:
    assert JOBS in places(dirty)


def test_high_and_critical_block_and_medium_is_shown(dirty: GateRecord) -> None:
    assert dirty.verdict == "failed"
    assert dirty.reason == "8 findings, 1 finding that does not block"
    assert [each.rule for each in dirty.findings if each.severity is Severity.MEDIUM] == ["CVE-2023-32681"]


def test_clean_lock_files_pass(world: World, reference: str, tmp_path: Path) -> None:
    gate = scan(world, shop(tmp_path / "shop", "clean", settings(reference)))
    assert (gate.verdict, gate.findings) == ("passed", ())


def test_a_component_without_lock_files_is_not_scanned(world: World, reference: str, tmp_path: Path) -> None:
    root = repository(
        tmp_path / "shop", {"lockstep.toml": settings(reference), "pyproject.toml": '[project]\nname = "x"\n'}
    )
    assert scan(world, root).verdict == "not-applicable"


def test_what_excuses_findings_to_trivy_excuses_nothing(world: World, reference: str, tmp_path: Path) -> None:
    excuses = {
        ".trivyignore": "CVE-2020-14343\n",
        "trivy.yaml": "severity: [LOW]\n",
        "services/till/.trivyignore.yaml": "vulnerabilities: [{id: CVE-2020-14343}]\n",
    }
    gate = scan(world, shop(tmp_path / "shop", "dirty", settings(reference), "uv", more=excuses))
    assert rules(gate.findings) == {"CVE-2020-14343"}


WORKSPACE = """version = 1
requires-python = ">=3.11"

[manifest]
members = [
    "common",
    "till",
]

[[package]]
name = "common"
version = "1.0.0"
source = {{ editable = "libs/common" }}
dependencies = [
    {{ name = "pyyaml" }},
]

[package.dev-dependencies]
dev = [
    {{ name = "requests" }},
]

[[package]]
name = "pyyaml"
version = "5.3.1"
source = {{ registry = "https://packages.example/simple" }}

[[package]]
name = "requests"
version = "2.30.0"
source = {{ registry = "https://packages.example/simple" }}

[[package]]
name = "till"
version = "1.0.0"
source = {{ virtual = "{till}" }}
"""


@pytest.mark.parametrize("till", ["services/till", "."], ids=["without a root", "with a root"])
def test_of_a_uv_workspace_what_any_member_needs_is_scanned(
    world: World, reference: str, tmp_path: Path, till: str
) -> None:
    files = {"lockstep.toml": settings(reference), "uv.lock": WORKSPACE.format(till=till)}
    gate = scan(world, repository(tmp_path / "shop", files))
    assert places(gate) == {("uv.lock", 24, "CVE-2020-14343")}, "and not what only development needs"
    assert "lockstep" not in (tmp_path / "shop" / "uv.lock").read_text()


CARGO = (DATA / "trivy" / "dirty" / "cargo" / "Cargo.lock").read_text()
YARN = """# yarn lockfile v1


lodash@^4.17.0:
  version "4.17.20"
  resolved "https://packages.example/lodash/-/lodash-4.17.20.tgz#00"
"""


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (
            {
                "Cargo.toml": '[workspace]\nmembers = ["libs/scales"]\n',
                "Cargo.lock": CARGO,
                "libs/scales/Cargo.toml": "",
            },
            ("Cargo.lock", 4, "CVE-2022-24713"),
        ),
        (
            {"package.json": '{"workspaces": ["libs/web"]}', "yarn.lock": YARN, "libs/web/package.json": "{}"},
            ("yarn.lock", 4, "CVE-2021-23337"),
        ),
    ],
    ids=["cargo", "yarn"],
)
def test_members_of_a_workspace_in_other_components_lose_nothing(
    world: World, reference: str, tmp_path: Path, files: dict[str, str], place: tuple[str, int, str]
) -> None:
    gate = scan(world, repository(tmp_path / "shop", {"lockstep.toml": settings(reference), **files}))
    assert places(gate) == {place}


def test_a_version_that_nothing_in_the_tree_says_is_shown(world: World, reference: str, tmp_path: Path) -> None:
    pom = (DATA / "trivy" / "dirty" / "maven" / "pom.xml").read_text()
    pom = pom.replace("      <version>2.14.1</version>\n", "")
    files = {"lockstep.toml": settings(reference), "services/till/pom.xml": pom}
    gate = scan(world, repository(tmp_path / "shop", files))
    assert places(gate) == {("services/till/pom.xml", 9, "unknown-version")}
    assert gate.verdict == "passed"


def test_requirements_that_trivy_passes_over_are_shown(world: World, reference: str, tmp_path: Path) -> None:
    files = {"lockstep.toml": settings(reference), "requirements/jobs.txt": "# jobs\npyyaml>=5\nrequests==2.32.3\n"}
    gate = scan(world, repository(tmp_path / "shop", files))
    assert places(gate) == {("requirements/jobs.txt", 2, "unknown-version")}
    assert (gate.verdict, gate.findings[0].snippet) == ("passed", "pyyaml>=5")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"pnpm", "go", "requirements"}))
def test_half_a_lock_file_is_never_green(world: World, reference: str, tmp_path: Path, kind: str) -> None:
    root = shop(tmp_path / "shop", "dirty", settings(reference), kind)
    path = root / "services" / "till" / kind / KINDS[kind][0]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    gate = scan(world, root)
    assert gate.verdict == "errored"
    assert f"{kind}/{path.name}" in gate.reason


def test_the_second_run_starts_nothing_and_asks_nobody(
    world: World, database: Callable[..., Path], tmp_path: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    root = tmp_path / "shop"
    with registry(tool("registry"), tmp_path / "registry") as gone:
        push_database(f"{gone}/trivy-db:2", database())
        first = run(shop(root, "dirty", settings(f"{gone}/trivy-db:2"), "uv"), GATE, host=world.host)
        assert world.processes.started == ["trivy", "python"]
    second = run(root, GATE, host=world.host)
    assert [each.cached for each in second.actions] == [True]
    assert world.processes.started == ["trivy", "python"]
    assert second.gates[0].findings == first.gates[0].findings


def test_a_new_database_is_a_new_key(world: World, database: Callable[..., Path], tmp_path: Path) -> None:
    named = f"{world.address}/renewed/trivy-db:2"
    push_database(named, database())
    root = shop(tmp_path / "shop", "clean", settings(named), "uv")
    assert scan(world, root).verdict == "passed"
    later = NOW + timedelta(hours=23)
    invented = {
        "id": "CVE-2099-0001",
        "bucket": "pip::GitHub Security Advisory Pip",
        "package": "pyyaml",
        "vulnerable": ["<7"],
        "patched": ["7"],
        "severity": "HIGH",
        "title": "made up for this test",
        "reference": "https://advisories.example/1",
    }
    push_database(named, database(later, invented))
    assert scan(world, root).verdict == "passed", "the database is as young as its publisher has promised"
    world.clock.time = later
    assert rules(scan(world, root).findings) == {"CVE-2099-0001"}


def test_a_young_database_does_while_the_registry_is_away(
    world: World, database: Callable[..., Path], tmp_path: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    root = tmp_path / "shop"
    with registry(tool("registry"), tmp_path / "registry") as gone:
        push_database(f"{gone}/trivy-db:2", database())
        assert scan(world, shop(root, "dirty", settings(f"{gone}/trivy-db:2"), "uv")).verdict == "failed"
    world.clock.time = NOW + timedelta(hours=48)
    assert scan(world, root).verdict == "failed"
    downloads = len(world.processes.started)
    assert scan(world, root, fresh=True).verdict == "failed"
    assert world.processes.started[downloads:] == ["python"], "it was asked for a moment ago"
    world.clock.time = NOW + timedelta(hours=71)
    gate = scan(world, root)
    assert gate.verdict == "unavailable"
    assert "connection refused" in gate.reason


def test_an_old_database_vouches_for_nothing(world: World, database: Callable[..., Path], tmp_path: Path) -> None:
    named = f"{world.address}/old/trivy-db:2"
    push_database(named, database(NOW - timedelta(hours=100)))
    root = shop(tmp_path / "shop", "clean", settings(named), "uv")
    gate = scan(world, root)
    assert gate.verdict == "unavailable"
    assert "published 2026-11-20T08:00+00:00, 100 hours ago, and max_age is 72 hours" in gate.reason
    write(root, {"lockstep.toml": settings(named, max_age=120)})
    assert scan(world, root).verdict == "passed"


def test_without_a_configured_database_the_remedy_says_what_to_write(world: World, tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "clean", "", "uv")
    gate = scan(world, root)
    assert gate.verdict == "unavailable"
    assert '[advisories]\ndatabase = "registry.example/mirror/trivy-db:2"' in gate.reason
    assert run(root, GATE, host=world.host, strict=True).exit_code == 1
    (row,) = explain.plan(world.host, root, {GATE.id: GATE}, "", "")
    assert (row.state, "no advisory database is configured" in row.why) == ("absent", True)


def test_the_plan_says_that_the_database_comes_first(world: World, reference: str, tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "clean", settings(reference), "uv")
    (row,) = explain.plan(world.host, root, {GATE.id: GATE}, "", "")
    assert (row.state, row.why) == ("run", "what it rests on is fetched first")
    assert explain.explain(world.host, root, {GATE.id: GATE}, row.action)[0].endswith("fetched first")
    assert world.processes.started == []


def test_a_registry_without_the_database_is_named(world: World, tmp_path: Path) -> None:
    gate = scan(world, shop(tmp_path / "shop", "clean", settings(f"{world.address}/nothing:2"), "uv"))
    assert gate.verdict == "unavailable"
    assert "MANIFEST_UNKNOWN" in gate.reason


def test_a_registry_that_hangs_costs_its_time_limit(world: World, tmp_path: Path) -> None:
    with silent() as mute:
        gate = scan(world, shop(tmp_path / "shop", "clean", settings(f"{mute}/trivy-db:2", timeout=2), "uv"))
    assert gate.verdict == "unavailable"
    assert "did not serve it within 2 s" in gate.reason


@pytest.mark.parametrize(
    "layer",
    [packed({"trivy.db": b"x" * 9000})[:40], packed({"readme": b"x"}), b"no archive"],
    ids=["half", "other", "text"],
)
def test_what_is_no_database_is_refused(world: World, tmp_path: Path, layer: bytes) -> None:
    named = f"{world.address}/broken/{abs(hash(layer))}:2"
    push_layer(named, layer)
    gate = scan(world, shop(tmp_path / "shop", "clean", settings(named), "uv"))
    assert gate.verdict == "unavailable", gate
    assert named in gate.reason
    assert list(advisories.folder(world.host).glob("[0-9a-f]*.json")) == []


def test_a_corrupt_database_is_an_error(world: World, database: Callable[..., Path], tmp_path: Path) -> None:
    folder = database()
    (folder / "trivy.db").write_bytes(b"\0corrupt" * 9000)
    named = f"{world.address}/corrupt/whole:2"
    push_database(named, folder)
    gate = scan(world, shop(tmp_path / "shop", "dirty", settings(named)))
    assert gate.verdict == "errored"
    assert "invalid database" in gate.reason


@pytest.mark.parametrize("keep", [16384, 40960, 65536])
def test_a_database_that_was_cut_off_is_an_error_or_answers_in_full(
    world: World, database: Callable[..., Path], reference: str, tmp_path: Path, keep: int
) -> None:
    folder = database()
    # Where a page lies differs from one writing to the next: what is cut off may be pages that no question needs.
    (folder / "trivy.db").write_bytes((folder / "trivy.db").read_bytes()[:keep])
    named = f"{world.address}/cut/{keep}:2"
    push_database(named, folder)
    gate = scan(world, shop(tmp_path / "cut", "dirty", settings(named)))
    if gate.verdict == "failed":
        whole = scan(world, shop(tmp_path / "whole", "dirty", settings(reference)))
        assert rules(gate.findings) == rules(whole.findings)
    else:
        assert gate.verdict == "errored"
        assert "invalid database" in gate.reason or "trivy crashed" in gate.reason


def test_a_database_that_was_changed_in_the_store_is_fetched_anew(world: World, reference: str, tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "dirty", settings(reference), "uv")
    scan(world, root)
    (stored,) = advisories.folder(world.host).glob("*/db/trivy.db")
    stored.write_bytes(b"")
    assert rules(scan(world, root, fresh=True).findings) == {"CVE-2020-14343"}
    assert stored.stat().st_size


def image_settings(reference: str, image: str) -> str:
    return settings(reference, f'[component."services/till"]\nimage = "{image}"\n')


@pytest.mark.parametrize("transport", ["docker-archive", "oci", "docker"])
@pytest.mark.parametrize("state", ["dirty", "clean"])
def test_images_are_scanned_wherever_they_are(
    world: World, reference: str, tmp_path: Path, transport: str, state: str
) -> None:
    content = images.DIRTY if state == "dirty" else images.CLEAN
    root = tmp_path / "shop"
    images.archive(content, root / "dist" / "till.tar")
    images.layout(content, root / "dist" / "till")
    pushed = push_layout(f"{world.address}/shop/till-{state}:1", root / "dist" / "till")
    named = {"docker-archive": "docker-archive:dist/till.tar", "oci": "oci:dist/till", "docker": f"docker://{pushed}"}
    toml = image_settings(reference, named[transport])
    gate = scan(
        world, repository(root, {"lockstep.toml": toml, "services/till/README.md": "Till\n", ".gitignore": "dist\n"})
    )
    assert gate.verdict == ("failed" if state == "dirty" else "passed"), gate.reason
    assert rules(gate.findings) == ({"CVE-2023-4911", "CVE-2020-14343"} if state == "dirty" else set())
    assert {(each.component, each.location.path) for each in gate.findings} <= {("services/till", "lockstep.toml")}
    assert all(str(tmp_path) not in each.message for each in gate.findings)


def test_private_registries_are_asked_with_dockers_own_logins(
    world: World, database: Callable[..., Path], tmp_path: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    root, docker = tmp_path / "shop", tmp_path / "docker"
    with registry(tool("registry"), tmp_path / "open") as public:
        push_database(f"{public}/trivy-db:2", database())
        images.layout(images.DIRTY, tmp_path / "layout")
        pinned = push_layout(f"{public}/till:1", tmp_path / "layout")
    with registry(tool("registry"), tmp_path / "open", f"ada:{SESAME}\n") as private:
        image = pinned.replace(public, private)
        toml = image_settings(f"{private}/trivy-db:2", f"docker://{image}")
        repository(root, {"lockstep.toml": toml, "services/till/README.md": "Till\n"})
        refused = scan(world, root)
        assert (refused.verdict, "UNAUTHORIZED" in refused.reason) == ("unavailable", True)
        login = {"auths": {private: {"auth": base64.b64encode(b"ada:open sesame").decode()}}}
        write(docker, {"config.json": json.dumps(login)})
        environ = {**world.host.environ, "DOCKER_CONFIG": str(docker)}
        let_in = world._replace(host=msgspec.structs.replace(world.host, environ=environ))
        assert rules(scan(let_in, root).findings) == {"CVE-2023-4911", "CVE-2020-14343"}


def test_a_rebuilt_image_is_scanned_anew(world: World, reference: str, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    images.archive(images.CLEAN, root / "till.tar")
    toml = image_settings(reference, "docker-archive:till.tar")
    repository(root, {"lockstep.toml": toml, "services/till/README.md": "Till\n"})
    assert scan(world, root).verdict == "passed"
    images.archive(images.DIRTY, root / "till.tar")
    assert scan(world, root).verdict == "failed"


def test_an_image_that_was_not_built_is_unavailable(world: World, reference: str, tmp_path: Path) -> None:
    toml = image_settings(reference, "docker-archive:dist/till.tar")
    gate = scan(world, repository(tmp_path / "shop", {"lockstep.toml": toml, "services/till/README.md": "Till\n"}))
    assert gate.verdict == "unavailable"
    assert "dist/till.tar" in gate.reason


def test_a_file_that_is_no_image_is_an_error(world: World, reference: str, tmp_path: Path) -> None:
    toml = image_settings(reference, "docker-archive:till.tar")
    files = {"lockstep.toml": toml, "services/till/README.md": "Till\n", "till.tar": "no image"}
    gate = scan(world, repository(tmp_path / "shop", files))
    assert gate.verdict == "errored"
    assert "unable to open" in gate.reason


def jar() -> bytes:
    """Return a Java archive that does not say what it is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF"), "Manifest-Version: 1.0\n")
    return content.getvalue()


def with_jar(root: Path, toml: str) -> Path:
    """Make a repository whose service has an image with a Java archive, and an old PyYAML beside it."""
    images.archive(images.DIRTY | {"app/till.JAR": jar()}, root / "till.tar")
    return repository(root, {"lockstep.toml": toml, "services/till/README.md": "Till\n"})


def test_without_an_index_java_archives_are_unavailable_and_the_rest_is_scanned(
    world: World, reference: str, tmp_path: Path
) -> None:
    toml = image_settings(reference, "docker-archive:till.tar")
    record = run(with_jar(tmp_path / "shop", toml), GATE, host=world.host)
    (action,), gate = record.actions, judged(record)
    assert (action.verdict, gate.verdict) == ("unavailable", "failed")
    assert "CVE-2020-14343" in rules(gate.findings)
    assert action.reason.startswith("the image holds Java archives, which were left out")
    assert "[advisories.java_index]" in action.reason


def test_with_an_index_a_java_archive_is_known_by_its_digest(world: World, reference: str, tmp_path: Path) -> None:
    log4j = ("org.apache.logging.log4j", "log4j-core", "2.14.1", jar())
    index = f"{world.address}/mirror/trivy-java-db:1"
    push_index(index, advising.java_index(tmp_path, PUBLISHED, log4j))
    toml = image_settings(reference, "docker-archive:till.tar") + f'[advisories.java_index]\ndatabase = "{index}"\n'
    root = with_jar(tmp_path / "shop", toml)
    record = run(root, GATE, host=world.host)
    assert record.actions[0].verdict == "failed", record.actions[0].reason
    assert "CVE-2021-44228" in rules(judged(record).findings)
    assert [each.cached for each in run(root, GATE, host=world.host).actions] == [True]


def test_a_distribution_past_its_end_is_a_finding(world: World, reference: str, tmp_path: Path) -> None:
    root = tmp_path / "shop"
    forsaken = images.CLEAN | {"etc/debian_version": b"8.11\n", "etc/os-release": b'ID=debian\nVERSION_ID="8"\n'}
    images.archive(forsaken, root / "till.tar")
    toml = image_settings(reference, "docker-archive:till.tar")
    gate = scan(world, repository(root, {"lockstep.toml": toml, "services/till/README.md": "Till\n"}))
    assert rules(gate.findings) == {"end-of-life"}
    assert gate.verdict == "failed"


def policy(text: str) -> str:
    return f'[component."services/till".gates.trivy]\n{text}\n'


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ('severities = ["critical"]', "passed"),
        ('severities = ["critical", "high", "medium"]', "failed"),
        ('ignore = [{ rule = "CVE-2022-24713", reason = "no untrusted patterns", expires = 2026-12-31 }]', "passed"),
        ('ignore = [{ rule = "CVE-2022-24713", reason = "no untrusted patterns", expires = 2026-11-01 }]', "failed"),
        ('ignore = [{ rule = "CVE-2022-24713", package = "serde", reason = "other", expires = 2026-12-31 }]', "failed"),
    ],
)
def test_a_component_says_what_blocks(world: World, reference: str, tmp_path: Path, text: str, verdict: str) -> None:
    gate = scan(world, shop(tmp_path / "shop", "dirty", settings(reference, policy(text)), "cargo"))
    assert gate.verdict == verdict
    assert rules(gate.findings) | {each.finding.rule for each in gate.waived} == {"CVE-2022-24713"}


def test_policy_acts_on_cached_reports(world: World, reference: str, tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "dirty", settings(reference), "cargo")
    assert scan(world, root).verdict == "failed"
    write(root, {"lockstep.toml": settings(reference, policy('severities = ["critical"]'))})
    record = run(root, GATE, host=world.host)
    assert (record.gates[0].verdict, [each.cached for each in record.actions]) == ("passed", [True])


def test_what_nobody_has_fixed_can_be_let_pass(world: World, reference: str, tmp_path: Path) -> None:
    lock = (
        (DATA / "trivy" / "dirty" / "npm" / "package-lock.json")
        .read_text()
        .replace("lodash", "ip")
        .replace("4.17.20", "2.0.1")
    )
    toml = settings(reference)
    root = repository(tmp_path / "shop", {"lockstep.toml": toml, "services/till/package-lock.json": lock})
    gate = scan(world, root)
    assert gate.verdict == "failed"
    assert "no fixed version (affected)" in gate.findings[0].message
    write(root, {"lockstep.toml": settings(reference, policy("fixed_only = true"))})
    gate = scan(world, root)
    assert (gate.verdict, rules(gate.findings)) == ("passed", {"CVE-2024-29415"})


def made_elsewhere(world: World, reference: str, tool: Callable[[str], tuple[str, ...]], root: Path) -> bytes:
    """Return Trivy's own report of the tree at `root`, run there by hand."""
    settings_ = config.AdvisoriesConfig(database=reference)
    token = advisories.obtain(world.host, settings_, tool("trivy"), lambda _: None)
    argv = (
        "fs",
        "--cache-dir",
        token.place,
        "--skip-db-update",
        "--offline-scan",
        "--format",
        "json",
        "--scanners",
        "vuln",
        ".",
    )
    done = subprocess.run((*tool("trivy"), *argv), cwd=root, capture_output=True, check=True)
    return done.stdout


def test_a_report_made_elsewhere_is_judged_by_the_same_policy(
    world: World, reference: str, tmp_path: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    root = shop(tmp_path / "shop", "dirty", settings(reference, policy('severities = ["critical"]')))
    report = tmp_path / "elsewhere.json"
    report.write_bytes(made_elsewhere(world, reference, tool, root))
    door = msgspec.structs.replace(GATE, checks=(ingest(str(report)),))
    gate = scan(world, root, door, foreign=True)
    direct = scan(world, root)
    assert gate.verdict == direct.verdict == "failed"
    assert places(gate) == places(direct) - {JOBS}
    assert {each.component for each in gate.findings} == {"services/till"}
    report.write_bytes(report.read_bytes()[:2000])
    assert scan(world, root, door, foreign=True).verdict == "errored"


def test_a_bundle_carries_the_database(
    world: World, database: Callable[..., Path], tmp_path: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    lock = toolchain.load(None, config.Config())
    target = tmp_path / "tools.tar"
    with registry(tool("registry"), tmp_path / "registry") as gone:
        named = f"{gone}/trivy-db:2"
        push_database(named, database())
        wanted = config.AdvisoriesConfig(database=named)
        bundle.make(world.host, lock, ("trivy",), target, lambda _: None, wanted)
    (tmp_path / "other").mkdir()
    other = world_in(tmp_path / "other", "")
    with bundle.opened(other.host, target) as (_, folder):
        assert advisories.adopt(other.host, folder) == {"advisory database": named}
    gate = scan(other, shop(tmp_path / "shop", "dirty", settings(named), "uv"))
    assert rules(gate.findings) == {"CVE-2020-14343"}
    other.clock.time = NOW + timedelta(hours=100)
    assert scan(other, tmp_path / "shop").verdict == "unavailable"


def test_a_database_is_served_for_other_tests(
    world: World, tmp_path: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    today = msgspec.structs.replace(world.host, clock=hosts.system().clock)
    with advising.served(tool, tmp_path / "served") as named:
        root = shop(tmp_path / "shop", "dirty", settings(named), "uv")
        assert rules(scan(world._replace(host=today), root).findings) == {"CVE-2020-14343"}
