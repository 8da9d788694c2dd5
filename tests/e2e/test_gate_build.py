"""build through the real uv, a real BuildKit and a registry on loopback."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import docker
import msgspec
import pytest

from lockstep import host as hosts
from lockstep.artifacts import layout
from lockstep.gates.build import GATE
from lockstep.host import Host
from lockstep.model.artifact import ArtifactKind
from lockstep.model.record import RunRecord
from tests.e2e.building import Yard, can_run, dockerd, has_docker, imported
from tests.e2e.gating import copied
from tests.engine.running import git, repository, run, write
from tests.evidence import forms

pytestmark = pytest.mark.e2e

LAMPS, TILL = "libs/python/lamps", "services/till"
CLOCK = """\
package main

import (
	"os"
	"time"
)

func main() {
	if os.WriteFile(os.Args[1], []byte(time.Now().String()), 0o644) != nil {
		os.Exit(3)
	}
	if len(os.Args) > 2 {
		time.Sleep(time.Hour)
	}
}
"""
WITH_DOCKER = pytest.mark.skipif(
    not has_docker() and os.environ.get("CI") != "true", reason="no Docker on this machine"
)
BACKENDS = {
    "setuptools": ("setuptools>=77,<80", "setuptools.build_meta"),  # no version that Lockstep lists
    "poetry": ("poetry-core>=2", "poetry.core.masonry.api"),
    "flit": ("flit-core>=3.11,<4", "flit_core.buildapi"),
    "uv": ("uv_build>=0.12,<0.13", "uv_build"),
    "pdm": ("pdm-backend>=2.4", "pdm.backend"),
}
MANIFEST = """\
[build-system]
requires = ["{requires}"]
build-backend = "{backend}"

[project]
name = "lamps"
description = "Lamps."
version = "1.2.0"
requires-python = ">=3.11"
"""


def machine(builder: str = "") -> Host:
    """Return this machine, as it is, with the builder and none of its own."""
    found = hosts.system()
    environ = {name: value for name, value in found.environ.items() if name not in {"BUILDX_BUILDER", "DOCKER_HOST"}}
    return msgspec.structs.replace(found, environ=environ | ({"BUILDKIT_HOST": builder} if builder else {}))


def shop(root: Path, case: str, base: str = "", **settings: str) -> Path:
    """Make a repository of a case, whose images are built on `base`."""
    made = repository(root, {})
    copied(f"build/{case}", made)
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    cyclonedx = "[sbom]\ncyclonedx = true\n"
    named = f'arguments = {{ BASE = "{base}" }}\n' if base else ""
    write(made, {"lockstep.toml": f'[component."{TILL}".build]\n{named}{lines}{cyclonedx}'})
    git(made, "add", "--all")
    git(made, "commit", "--quiet", "--message", "more")
    return made


def built(root: Path, builder: str = "", *components: str, twice: bool = False) -> RunRecord:
    return run(root, GATE, host=machine(builder), components=components, twice=twice, fresh=twice)


def rules(record: RunRecord) -> set[tuple[str, str]]:
    return {(each.location.path, each.rule) for gate in record.gates for each in gate.findings}


def digests(record: RunRecord) -> dict[str, str]:
    return {each.name: each.digest for each in record.artifacts}


def test_everything_is_built_and_is_the_same_in_another_clone_at_another_time(tmp_path: Path, yard: Yard) -> None:
    root = shop(tmp_path / "shop", "clean", yard.base)
    first = built(root, yard.builder)
    assert [str(gate.verdict) for gate in first.gates] == ["passed"]
    assert {(each.component, each.kind, each.name) for each in first.artifacts} == {
        (LAMPS, ArtifactKind.SDIST, "lamps-1.2.0.tar.gz"),
        (LAMPS, ArtifactKind.WHEEL, "lamps-1.2.0-py3-none-any.whl"),
        (TILL, ArtifactKind.IMAGE, "till"),
    }
    assert {each.subject for each in first.sboms} == {each.digest for each in first.artifacts if each.kind != "sdist"}
    assert forms.check_run(root / ".lockstep/latest") == {".spdx": 2, ".cdx": 2}
    text = (root / ".lockstep/latest/sbom" / LAMPS / "lamps-1.2.0-py3-none-any.whl.spdx.json").read_text()
    assert ("lamps", "1.2.0") in {(each["name"], each.get("versionInfo")) for each in json.loads(text)["packages"]}
    other = tmp_path / "in" / "another" / "place"
    git(tmp_path, "clone", "--quiet", str(root), str(other))
    write(other, {".git/info/exclude": "*.local.py\n", f"{LAMPS}/src/lamps/mine.local.py": "NOBODY = 'knows'\n"})
    (other / LAMPS / "src/lamps/__init__.py").touch(0o600)
    second = built(other, yard.builder, twice=True)
    assert [str(gate.verdict) for gate in second.gates] == ["passed"]
    assert digests(second) == digests(first)
    assert second.sboms == first.sboms


def test_an_image_for_two_platforms_is_one_artifact_with_a_list_for_each(tmp_path: Path, yard: Yard) -> None:
    root = shop(tmp_path / "shop", "clean", yard.base, platforms='["linux/arm64", "linux/amd64"]')
    record = built(root, yard.builder, TILL, twice=True)
    assert [str(gate.verdict) for gate in record.gates] == ["passed"], record.gates[0].findings
    (image,) = record.artifacts
    assert image.platform == "linux/arm64,linux/amd64"
    assert {(each.name, each.subject) for each in record.sboms} == {
        (f"till-linux-{processor}.{notation}.json", image.digest)
        for processor in ("amd64", "arm64")
        for notation in ("spdx", "cdx")
    }
    (laid,) = (root / ".lockstep/latest/artifacts").rglob("index.json")
    index = layout.entry(laid.read_bytes())
    assert index.digest == image.digest
    named = layout.manifests(index, lambda digest: (laid.parent / "blobs/sha256" / digest).open("rb"))
    assert [str(each.platform) for each in named] == ["linux/arm64", "linux/amd64"]


def test_a_commit_elsewhere_changes_no_digest_and_builds_nothing(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "clean")
    first = built(root, "", LAMPS)
    write(root, {"services/till/till.txt": "closed\n"})
    git(root, "commit", "--quiet", "--all", "--message", "closed")
    second = built(root, "", LAMPS)
    assert digests(second) == digests(first)
    assert all(action.cached for action in second.actions)


def test_the_defects_of_a_package_and_an_image_are_all_told(tmp_path: Path, yard: Yard) -> None:
    record = built(shop(tmp_path / "shop", "dirty", yard.base, budget="1"), yard.builder)
    assert rules(record) == {
        (f"{LAMPS}/pyproject.toml", "not-reproducible"),
        (f"{TILL}/Dockerfile", "image-root"),
        (f"{TILL}/Dockerfile", "image-secret"),
    }
    messages = [each.message for each in record.gates[0].findings]
    assert any("lamps/built.py: content" in message for message in messages)
    assert sum("secret" in message for message in messages) == 3


def test_every_backend_builds_the_same_twice(tmp_path: Path) -> None:
    root = repository(tmp_path / "shop", {})
    for name, (requires, backend) in BACKENDS.items():
        copied("build/clean/libs/python/lamps", root, f"libs/python/{name}")
        write(root, {f"libs/python/{name}/pyproject.toml": MANIFEST.format(requires=requires, backend=backend)})
    record = built(root)
    assert {action.component: str(action.verdict) for action in record.actions} == {
        f"libs/python/{name}": "passed" for name in BACKENDS
    }, (rules(record), [action.reason for action in record.actions])
    assert len(record.artifacts) == 2 * len(BACKENDS)
    assert rules(record) == {("libs/python/setuptools/pyproject.toml", "backend-loose")}


def test_an_index_that_cannot_be_reached_is_no_fault_of_the_sources(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop", "clean")
    host = machine()
    nowhere = {
        "UV_INDEX_URL": "http://127.0.0.1:9/simple",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_HTTP_RETRIES": "0",
    }
    environ = {name: value for name, value in host.environ.items() if not name.startswith("UV_")} | nowhere
    record = run(root, GATE, host=msgspec.structs.replace(host, environ=environ), components=(LAMPS,))
    assert [str(gate.verdict) for gate in record.gates] == ["errored"]


def test_without_a_builder_an_image_is_unavailable(tmp_path: Path) -> None:
    record = built(shop(tmp_path / "shop", "clean"), f"unix://{tmp_path}/gone.sock", TILL)
    assert [str(gate.verdict) for gate in record.gates] == ["unavailable"]
    assert "BUILDKIT_HOST" in record.gates[0].reason


@pytest.fixture(scope="module")
def clock(tool: Callable[[str], tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program that needs no library: it writes the time into a file and, where told so, waits."""
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.go").write_text(CLOCK)
    env = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off", "GOFLAGS": "-buildvcs=false"}
    subprocess.run((*tool("go"), "build", "-o", "clock", "clock.go"), cwd=folder, env=env, check=True)
    return folder / "clock"


def with_clock(root: Path, clock: Path, *lines: str, folder: str = TILL) -> Path:
    """Put the program into the image of a component, and `lines` into its Dockerfile."""
    steps = ("ARG BASE", "FROM ${BASE}", f"COPY {folder}/clock /clock", *lines, "USER 10001:10001", "")
    write(root, {f"{folder}/Dockerfile": "\n".join(steps)})
    shutil.copy(clock, root / folder / "clock")
    return root


@pytest.mark.skipif(not can_run() and os.environ.get("CI") != "true", reason="no runc on this machine")
def test_a_step_that_tells_the_time_is_found_by_a_second_build(tmp_path: Path, yard: Yard, clock: Path) -> None:
    root = with_clock(shop(tmp_path / "shop", "clean", yard.base), clock, 'RUN ["/clock", "/till.time"]')
    assert [str(gate.verdict) for gate in built(root, yard.builder, TILL).gates] == ["passed"]
    record = built(root, yard.builder, TILL, twice=True)
    assert any("till.time: content" in each.message for each in record.gates[0].findings)


@WITH_DOCKER
def test_a_docker_daemon_builds_what_any_builder_builds(
    tmp_path: Path, yard: Yard, clock: Path, tool: Callable[[str], tuple[str, ...]]
) -> None:
    root = repository(tmp_path / "shop", {"lockstep.toml": '[build]\nbuildkit = "local/buildkit:1"\n'})
    with_clock(root, clock)
    write(root, {f"{TILL}/Dockerfile": f"FROM scratch\nCOPY {TILL}/clock /clock\nUSER 10001:10001\n"})
    shutil.copy(clock, tmp_path / "buildkit-runc")  # no step of the Dockerfile runs anything
    programs = (*(Path(*tool(name)) for name in ("buildkit", "buildctl")), tmp_path / "buildkit-runc")
    host = machine()
    with dockerd() as daemon:
        environ = {**host.environ, "DOCKER_HOST": daemon}
        with contextlib.closing(docker.DockerClient(base_url=daemon)) as client:
            imported(client, "local/buildkit:1", *programs)
            record = run(root, GATE, host=msgspec.structs.replace(host, environ=environ))
            (builder,) = client.containers.list()
            assert str(builder.name).startswith("buildx_buildkit_lockstep-")
            builder.remove(force=True, v=True)
        environ["BUILDX_BUILDER"] = "default"
        refused = run(root, GATE, host=msgspec.structs.replace(host, environ=environ), fresh=True)
    assert [str(gate.verdict) for gate in record.gates] == ["passed"], record.gates[0].reason
    assert digests(record) == digests(built(root, yard.builder, twice=True))
    # Debian's Docker keeps images as only Docker can, and its own builder writes no OCI layout.
    assert [str(gate.verdict) for gate in refused.gates] == ["unavailable"]
    assert "OCI exporter is not supported for the docker driver" in refused.gates[0].reason


@WITH_DOCKER
def test_an_image_on_trial_may_neither_write_nor_do_more_than_anybody(tmp_path: Path, yard: Yard, clock: Path) -> None:
    waiting, checked = 'CMD ["/clock", "/dev/null", "wait"]', "HEALTHCHECK --retries=1 CMD"
    cases = {
        "healthy": (waiting, f'{checked} ["/clock", "/dev/null"]'),
        "brief": ('CMD ["/clock", "/dev/null"]',),
        "writing": ('CMD ["/clock", "/tmp/till.time"]',),
        "sick": (waiting, f'{checked} ["/clock", "/nowhere/else"]'),
    }
    root = repository(tmp_path / "shop", {})
    for name, lines in cases.items():
        with_clock(root, clock, *lines, folder=f"services/{name}")
    tried = "".join(
        f'[component."services/{name}".build]\narguments = {{ BASE = "{yard.base}" }}\ntrial = true\n'
        'platforms = ["linux/arm64", "linux/amd64"]\n'  # the daemon is one of them
        for name in cases
    )
    write(root, {"lockstep.toml": tried})
    with dockerd() as daemon:
        host = machine(yard.builder)
        host = msgspec.structs.replace(host, environ={**host.environ, "DOCKER_HOST": daemon})
        record = run(root, msgspec.structs.replace(GATE, checks=GATE.checks[2:]), host=host)
        with contextlib.closing(docker.DockerClient(base_url=daemon)) as client:
            assert client.containers.list(all=True) == client.images.list() == []
    assert {each.component: str(each.verdict) for each in record.actions} == {
        "services/brief": "passed",
        "services/healthy": "passed",
        "services/sick": "failed",
        "services/writing": "failed",
    }
    said = {each.component: each.message for each in record.gates[0].findings}
    assert "exit code 3" in said["services/writing"]
    assert "health check fails" in said["services/sick"]
