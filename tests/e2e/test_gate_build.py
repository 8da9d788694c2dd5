"""build through the real uv, a real BuildKit and a registry on loopback."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from lockstep import host as hosts
from lockstep.gates.build import GATE
from lockstep.host import Host
from lockstep.model.artifact import ArtifactKind
from lockstep.model.record import RunRecord
from tests.e2e.building import Yard, can_run
from tests.e2e.gating import copied
from tests.engine.running import git, repository, run, write

pytestmark = pytest.mark.e2e

DISTRIBUTIONS, IMAGE = GATE.checks
LAMPS, TILL = "libs/python/lamps", "services/till"
BACKENDS = {
    "setuptools": ("setuptools>=77", "setuptools.build_meta"),
    "poetry": ("poetry-core>=2", "poetry.core.masonry.api"),
    "flit": ("flit-core>=3.11", "flit_core.buildapi"),
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
    named = f'arguments = {{ BASE = "{base}" }}\n' if base else ""
    write(made, {"lockstep.toml": f'[component."{TILL}".build]\n{named}{lines}'})
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
    }, rules(record)
    assert len(record.artifacts) == 2 * len(BACKENDS)


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


@pytest.mark.skipif(not can_run() and os.environ.get("CI") != "true", reason="no runc on this machine")
def test_a_step_that_tells_the_time_is_found_by_a_second_build(tmp_path: Path, yard: Yard) -> None:
    root = shop(tmp_path / "shop", "clean", yard.base)
    program = tmp_path / "clock.go"
    dockerfile = (
        (root / TILL / "Dockerfile")
        .read_text()
        .replace("USER", 'COPY services/till/clock /clock\nRUN ["/clock", "/till.time"]\nUSER')
    )
    write(root, {f"{TILL}/Dockerfile": dockerfile})
    shutil.copy(clock(program), root / TILL / "clock")
    assert [str(gate.verdict) for gate in built(root, yard.builder, TILL).gates] == ["passed"]
    record = built(root, yard.builder, TILL, twice=True)
    assert any("till.time: content" in each.message for each in record.gates[0].findings)


def clock(source: Path) -> Path:
    """Build a program without any library that writes the time into a file: the base image holds no shell."""
    source.write_text(
        'package main\nimport ("os"; "time")\n'
        "func main() { os.WriteFile(os.Args[1], []byte(time.Now().String()), 0o644) }\n"
    )
    env = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off"}
    subprocess.run(("go", "build", "-o", "clock", source.name), cwd=source.parent, env=env, check=True)  # noqa: S607
    return source.parent / "clock"
