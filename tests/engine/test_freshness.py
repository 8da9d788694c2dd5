"""What actions rest on beside the tree, through runs of the engine."""

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from lockstep.config import AdvisoriesConfig
from lockstep.engine import explain, freshness
from lockstep.engine.plan import Action
from lockstep.engine.prepare import prepared
from lockstep.engine.request import Request
from lockstep.errors import ConfigError
from lockstep.host.process import Completed, Process, SystemProcesses
from lockstep.model.gate import Check, Invocation
from lockstep.model.record import RunRecord
from tests.engine.running import NOW, StillClock, check, gate, git, machine, repository, run, verdicts, write


def resting(name: str, **fields: object) -> Check:
    """Return a check that is given the place of one token."""

    def argv(given: Invocation) -> tuple[str, ...]:
        return (*given.program("lockstep"), "-c", "import sys; sys.argv[1]", given.places[name])

    return msgspec.structs.replace(check(argv=argv, freshness=(name,)), **fields)


def cached(record: RunRecord) -> list[bool]:
    return [action.cached for action in record.actions]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"services/a/one.txt": "fine\n"})


def test_a_file_beside_the_tree_is_part_of_the_key(root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("one")
    judged = gate(resting(f"file:{report}"))
    assert cached(run(root, judged)) == [False]
    assert cached(run(root, judged)) == [True]
    report.write_text("two")
    assert cached(run(root, judged)) == [False]


def test_without_the_file_the_check_is_unavailable(root: Path, tmp_path: Path) -> None:
    record = run(root, gate(resting(f"file:{tmp_path}/nothing.json")))
    assert verdicts(record) == {"words": "unavailable"}
    assert record.actions[0].command == ()
    assert "nothing.json" in record.gates[0].reason


def test_the_key_names_what_differs(root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("one")
    judged = gate(resting(f"file:{report}"))
    run(root, judged)
    report.write_text("two")
    lines = explain.explain(machine(tmp_path / "store"), root, {"words": judged}, "words:grep:services/a")
    assert lines == ("words:grep:services/a: would run", f"  changed freshness file:{report}")


def test_without_an_index_of_java_archives_nothing_is_fetched(root: Path) -> None:
    assert cached(run(root, gate(resting("java-index")))) == [False]
    assert cached(run(root, gate(resting("java-index")))) == [True]


class Downloading(SystemProcesses):
    """Does what Trivy does when it fetches an index of Java archives, with this content."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    def run(self, process: Process) -> Completed:
        folder = Path(process.argv[process.argv.index("--cache-dir") + 1]) / "java-db"
        folder.mkdir()
        (folder / "trivy-java.db").write_bytes(self.content)
        times = {"UpdatedAt": NOW.isoformat(), "NextUpdate": NOW.isoformat()}
        (folder / "metadata.json").write_text(json.dumps({"Version": 1, **times}), encoding="utf-8")
        return Completed(0, b"", b"")


def test_an_index_of_java_archives_is_fetched_where_it_is_named_and_part_of_the_key(root: Path, tmp_path: Path) -> None:
    toml = '[advisories.java_index]\ndatabase = "r.example/java:1"\n'
    write(root, {"lockstep.toml": toml})
    digests = set()
    for name in ("one", "two"):
        host = msgspec.structs.replace(machine(tmp_path / name), processes=Downloading(name.encode()))
        request = Request(gates=("words",), known={"words": gate(resting("java-index"))})
        with prepared(machine(tmp_path / name), root, request) as ready:
            (action,) = ready.plan.actions
            assert (dict(ready.keys), ready.blocked) == ({}, {})
            world = msgspec.structs.replace(ready.world, host=host)
        token = freshness.fetch(world, action, lambda _: ("trivy",), lambda _: None)["java-index"]
        assert (Path(token.place) / "java-db" / "trivy-java.db").read_text() == name
        digests.add(token.digest)
    assert len(digests) == 2


def image(name: str) -> str:
    return f'[component."services/a"]\nimage = "{name}"\n'


def has_image(component: object) -> bool:
    return bool(getattr(component, "image", ""))


def no_files(*_: object) -> bool:
    return False


IMAGE = resting("image", select=no_files, applies=has_image)


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("docker://r.example/a@sha256:" + "0" * 64, True),
        ("docker://r.example/a:1", False),
        ("docker-archive:dist/a.tar", True),
        ("oci:dist/a", True),
    ],
)
def test_only_what_cannot_move_is_taken_from_the_cache(root: Path, tmp_path: Path, name: str, again: bool) -> None:  # noqa: FBT001 - a table
    write(root, {"lockstep.toml": image(name), "dist/a.tar": "layers", "dist/a/index.json": "{}"})
    host = machine(tmp_path / "store")
    assert cached(run(root, gate(IMAGE), host=host)) == [False]
    later = msgspec.structs.replace(host, clock=Later())
    assert cached(run(root, gate(IMAGE), host=later)) == [again]


class Later(StillClock):
    def now(self) -> datetime:
        return NOW.replace(second=1)


@pytest.mark.parametrize("name", ["docker-archive:dist/a.tar", "oci:dist/a"])
def test_a_stored_image_that_changes_is_a_new_key(root: Path, name: str) -> None:
    write(root, {"lockstep.toml": image(name), "dist/a.tar": "layers", "dist/a/index.json": "{}"})
    run(root, gate(IMAGE))
    write(root, {"dist/a.tar": "others", "dist/a/index.json": "[]"})
    assert cached(run(root, gate(IMAGE))) == [False]


@pytest.mark.parametrize("name", ["docker-archive:dist/a.tar", "oci:dist/a"])
def test_a_stored_image_that_is_not_there_is_unavailable(root: Path, name: str) -> None:
    write(root, {"lockstep.toml": image(name)})
    record = run(root, gate(IMAGE))
    assert verdicts(record) == {"words": "unavailable"}
    assert "nox -s build" in record.gates[0].reason


def test_images_are_never_part_of_a_snapshot(root: Path) -> None:
    write(root, {"lockstep.toml": image("docker-archive:dist/a.tar"), "dist/a.tar": "layers"})
    assert verdicts(run(root, gate(IMAGE), staged=True)) == {"words": "not-applicable"}
    git(root, "add", "lockstep.toml")
    assert verdicts(run(root, gate(IMAGE), staged=True)) == {"words": "passed"}


def test_a_component_without_an_image_has_no_action(root: Path) -> None:
    record = run(root, gate(IMAGE))
    assert (verdicts(record), record.actions) == ({"words": "not-applicable"}, ())


def test_a_daemon_that_is_not_there_is_unavailable(root: Path, tmp_path: Path) -> None:
    world = freshness.World(machine(tmp_path / "store"), root, AdvisoriesConfig(), docker=tmp_path / "docker.sock")
    actions = ready(root, image("docker-daemon:a:1"))
    assert "there is no Docker" in freshness.look(world, actions).blocked["words:grep:services/a"]
    (tmp_path / "docker.sock").touch()
    assert freshness.look(world, actions).blocked == {}
    remote = machine(tmp_path / "store", DOCKER_HOST="tcp://docker.example:2375")
    elsewhere = msgspec.structs.replace(world, host=remote, docker=tmp_path / "nothing")
    assert freshness.look(elsewhere, actions).blocked == {}


def ready(root: Path, toml: str) -> tuple[Action, ...]:
    write(root, {"lockstep.toml": toml})
    judged = gate(IMAGE)
    with prepared(machine(root.parent / "store"), root, Request(gates=("words",), known={"words": judged})) as made:
        return made.plan.actions


def test_gates_that_nobody_knows_are_refused_wherever_they_stand(root: Path) -> None:
    write(root, {"lockstep.toml": '[component."services/a".gates.wrods]\nfixed_only = true\n'})
    with pytest.raises(ConfigError, match="unknown gate: wrods"):
        run(root)
