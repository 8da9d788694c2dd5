import itertools
import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest

from lockstep import config, gates
from lockstep.gates.trivy import GATE, ingest
from lockstep.model.component import Component, Kind
from lockstep.model.gate import Judge
from tests.engine.running import StillClock, git, machine, repository, run, verdicts
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

OWN = Path(__file__).parents[2] / "lockstep.toml"
FILES, IMAGE = GATE.checks
PLACES = {"advisories": "/store/advisories/1f", "java-index": "", "image": "/tree/dist/till.tar"}
TILL = Component("services/till", "services/till", Kind.SERVICE)
LODASH = b"""{"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem", "Results": [{"Target": "%s",
"Vulnerabilities": [{"VulnerabilityID": "CVE-2021-23337", "PkgName": "lodash", "Severity": "HIGH"}]}]}"""
WALK = b'DEBUG\tWalk error\tfile_path="uv.lock" err="unexpected EOF"'


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("libs/lamps/uv.lock", True),
        ("libs/lamps/requirements.txt", True),
        ("libs/lamps/requirements-dev.txt", True),
        ("libs/lamps/requirements/jobs.txt", True),
        ("libs/lamps/web/package-lock.json", True),
        ("libs/lamps/go.mod", True),
        ("libs/lamps/pylock.jobs.toml", True),
        ("libs/lamps/gradle/app.gradle.lockfile", True),
        ("libs/lamps/pyproject.toml", False),
        ("libs/lamps/package.json", False),
        ("libs/lamps/notes.txt", False),
        ("libs/lamps/src/uv.lock.py", False),
    ],
)
def test_lock_files_are_selected(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(FILES, LIBRARY, path) is selected


def at(component: Component = LIBRARY) -> tuple[str, ...]:
    given = msgspec.structs.replace(invocation(component=component, tools=("trivy", "lockstep")), places=PLACES)
    return (IMAGE if component.image else FILES).argv(given)


def test_trivy_never_asks_the_network_and_takes_no_excuses() -> None:
    argv = at()
    assert argv[:5] == ("/store/lockstep", "/data/plugin/lockstep_trivy.py", "/scratch/tree", "/store/trivy", "fs")
    assert {"--skip-db-update", "--skip-java-db-update", "--offline-scan", "--skip-version-check"} <= set(argv)
    assert {"--disable-telemetry", "--debug"} <= set(argv)
    pairs = dict(itertools.pairwise(argv))
    assert pairs["--config"] == pairs["--ignorefile"] == os.devnull
    assert (pairs["--scanners"], pairs["--cache-dir"]) == ("vuln", "/store/advisories/1f")
    assert argv[-1] == "/scratch/tree"


@pytest.mark.parametrize(
    ("image", "end"),
    [
        ("docker-archive:dist/till.tar", ("--input", "/tree/dist/till.tar")),
        ("oci:dist/till", ("--input", "/tree/dist/till.tar")),
        ("docker-daemon:till:1", ("--image-src", "docker", "/tree/dist/till.tar")),
        ("docker://r.example/till:1", ("--image-src", "remote", "/tree/dist/till.tar")),
    ],
)
def test_images_are_had_by_their_transport(image: str, end: tuple[str, ...]) -> None:
    argv = at(msgspec.structs.replace(TILL, image=image))
    assert argv[-len(end) :] == end
    assert argv[:7] == (
        *("/store/lockstep", "/data/plugin/lockstep_trivy_image.py"),
        *("/scratch/cache", "/store/advisories/1f", "", "/store/trivy", "image"),
    )
    assert dict(itertools.pairwise(argv))["--cache-dir"] == "/scratch/cache"


def test_only_components_with_an_image_have_one_scanned() -> None:
    assert not IMAGE.applies(TILL)
    assert IMAGE.applies(msgspec.structs.replace(TILL, image="oci:dist/till"))
    assert not selects(IMAGE, TILL, "services/till/Dockerfile")


@pytest.mark.parametrize("check", [FILES, IMAGE])
def test_what_gave_up_is_a_problem(check: object) -> None:
    assert check in GATE.checks
    found = FILES.parse(output(1, stderr=b"FATAL\tFatal error\tno such thing"), invocation())
    assert found.problem == "no such thing"
    assert IMAGE.parse(output(2, stderr=b"panic: page 3"), invocation()).problem == "trivy crashed: page 3"


def test_java_archives_that_were_left_out_are_lacking_beside_what_was_found() -> None:
    report = {"report.json": LODASH % b"package-lock.json"}
    log = b"FATAL\tFatal error\t'--skip-java-db-update' cannot be specified on the first run\nINFO\tonce more"
    found = IMAGE.parse(output(files=report, stderr=log), invocation())
    assert "[advisories.java_index]" in found.lacking
    assert [each.rule for each in found.findings] == ["CVE-2021-23337"]
    assert IMAGE.parse(output(files=report, stderr=b"INFO"), invocation()).lacking == ""
    gone = IMAGE.parse(output(1, stderr=log + b"\nFATAL\tFatal error\tno such thing"), invocation())
    assert (gone.problem, gone.lacking) == ("no such thing", "")


def test_a_lock_file_that_trivy_left_out_is_a_problem() -> None:
    report = {"report.json": LODASH % b"package-lock.json"}
    assert "uv.lock" in FILES.parse(output(files=report, stderr=WALK), invocation()).problem
    assert IMAGE.parse(output(files=report, stderr=WALK), invocation()).problem == ""


def test_without_a_report_there_is_a_problem() -> None:
    assert FILES.parse(output(), invocation()).problem == "trivy wrote no report"


def test_the_gate_blocks_by_severity() -> None:
    assert GATE.judge is Judge.SECURITY


def test_findings_of_a_foreign_report_belong_to_the_innermost_component() -> None:
    inner = Component("services/till/web", "services/till/web", Kind.NODE_PACKAGE)
    given = invocation(component=WHOLE, others=(TILL, inner))
    check = ingest("/elsewhere/report.json")
    owners = {
        path: check.parse(output(stdout=LODASH % path.encode()), given).findings[0].component
        for path in ("services/till/web/yarn.lock", "services/till/uv.lock", "services/tillage/uv.lock", "uv.lock")
    }
    assert list(owners.values()) == ["services/till/web", "services/till", ".", "."]


def test_a_foreign_report_is_read_without_trivy() -> None:
    check = ingest("/elsewhere/report.json")
    given = msgspec.structs.replace(
        invocation(component=WHOLE, tools=("lockstep",)),
        places={"file:/elsewhere/report.json": "/elsewhere/report.json"},
    )
    argv = check.argv(given)
    assert (argv[0], argv[-1], check.tools) == ("/store/lockstep", "/elsewhere/report.json", ("lockstep",))
    assert check.parse(output(stdout=LODASH[:40]), given).problem


class Clock(StillClock):
    """A clock that stands still at a time of choice."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def now(self) -> datetime:
        return self._now


@pytest.mark.parametrize(("days", "ended"), [(0, ("incomplete", 0)), (1, ("failed", 1))])
def test_this_repository_is_incomplete_in_ci_until_its_allowance_ends(
    tmp_path: Path, days: int, ended: tuple[str, int]
) -> None:
    files = {"lockstep.toml": OWN.read_text(encoding="utf-8"), "uv.lock": ""}
    root = repository(tmp_path / "lockstep", files)
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    allowance = config.load(OWN.parent).gates["trivy"].unavailable
    assert allowance is not None
    last = datetime.combine(allowance.expires, time(12), UTC)
    here = machine(tmp_path / "store", CI="true")
    host = msgspec.structs.replace(here, clock=Clock(last + timedelta(days)))
    record = run(root, host=host, gates=(GATE.id,), known=gates.discover(), strict=True)
    assert (verdicts(record), (record.outcome, record.exit_code)) == ({"trivy": "unavailable"}, ended)
