"""What builds images on a machine."""

from pathlib import Path

import pytest

from lockstep.engine import builders, explain
from lockstep.errors import ToolError
from lockstep.gates.build import GATE
from tests.engine.running import machine, repository

HOST = {"BUILDKIT_HOST": "tcp://kit.example:1234"}
USERS = {"BUILDX_BUILDER": "mine"}
DOCKER = {"DOCKER_HOST": "ssh://docker.example"}


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        (HOST | USERS | DOCKER, "remote:tcp://kit.example:1234"),
        (USERS | DOCKER, "builder:mine"),
        (DOCKER, "docker:"),
    ],
)
def test_the_nearest_builder_is_taken(environ: dict[str, str], place: str, tmp_path: Path) -> None:
    assert builders.look(environ, tmp_path / "none").place == place


def test_the_daemons_socket_is_enough(tmp_path: Path) -> None:
    assert builders.look({}, tmp_path).place == "docker:"


def test_which_builder_builds_is_no_part_of_the_key(tmp_path: Path) -> None:
    assert {builders.look(each, tmp_path).digest for each in (HOST, USERS, DOCKER)} == {""}


def test_without_any_builder_an_image_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="nothing builds images"):
        builders.look({}, tmp_path / "none")


def test_a_socket_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="not where BUILDKIT_HOST says"):
        builders.look({"BUILDKIT_HOST": f"unix://{tmp_path}/gone.sock"}, tmp_path)
    (tmp_path / "there.sock").touch()
    address = f"unix://{tmp_path}/there.sock"
    assert builders.look({"BUILDKIT_HOST": address}, tmp_path).place == f"remote:{address}"


def test_a_trial_wants_a_docker_daemon(tmp_path: Path) -> None:
    assert builders.daemon(DOCKER, tmp_path / "none").digest == ""
    assert builders.daemon({}, tmp_path).digest == ""
    with pytest.raises(ToolError, match="nothing runs images"):
        builders.daemon(HOST, tmp_path / "none")


@pytest.mark.parametrize(("settings", "tried"), [("trial = true", True), ("trial = false", False), ("", False)])
def test_images_are_tried_where_the_configuration_says_so(tmp_path: Path, settings: str, tried: bool) -> None:  # noqa: FBT001 - a table
    files = {
        "services/till/Dockerfile": "FROM scratch\n",
        "services/desk/Dockerfile": "FROM scratch\n",
        "lockstep.toml": f'[component."services/till".build]\n{settings}\n',
    }
    root = repository(tmp_path / "shop", files)
    rows = explain.plan(machine(tmp_path / "store", BUILDX_BUILDER="mine"), root, {"build": GATE}, "build", "")
    named = {row.action for row in rows if ":trial:" in row.action}
    assert named == ({"build:trial:services/till"} if tried else set())
