"""Each way in which a tool reaches a machine, through the real uv, npm and Go, from registries on loopback."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from lockstep.errors import ToolError
from lockstep.host.process import Completed, Process
from lockstep.toolchain import archives
from tests.toolchain.servers import module_sum, sha256, zipped
from tests.toolchain.yards import Yard, entry, said

# Wheels.


def test_a_python_tool_has_an_environment_of_its_own(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    (program,) = yard.provide("lamp")["lamp"]
    assert program == str(yard.folder("lamp") / "bin" / "lamp")
    assert said((program,)) == "lamp 1.0.0"
    assert next(yard.folder("lamp").glob("lib/python*/site-packages/__pycache__/lamp.*.pyc"))


def test_an_environment_may_be_moved(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    yard.provide("lamp")
    moved = yard.store.rename(yard.store.with_name("moved"))
    (program,) = moved.glob("tools/lamp-*/bin/lamp")
    assert said((str(program),)) == "lamp 1.0.0"


def test_the_users_own_settings_of_uv_make_no_other_environment(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    bound = yard.root / "bound.txt"
    bound.write_text("lamp<1\n")
    yard.environ |= {"UV_CONSTRAINT": str(bound), "UV_NO_BINARY": "1", "UV_PYTHON": "2.7", "UV_NO_VERIFY_HASHES": "1"}
    assert said(yard.provide("lamp")["lamp"]) == "lamp 1.0.0"


def test_a_program_may_be_run_by_another(yard: Yard) -> None:
    run = 'run = ["bin/python", "lib/python*/site-packages/lamp.py"]\n'
    yard.write(entry(yard.wheels() + run))
    python, module = yard.provide("lamp")["lamp"]
    assert (Path(python).name, Path(module).name) == ("python", "lamp.py")
    assert subprocess.run((python, module), check=True).returncode == 0


def test_a_wheel_with_other_bytes_than_the_requirements_pin_is_refused(yard: Yard) -> None:
    yard.write(entry(yard.wheels()))
    path = "/files/lamp-1.0.0-py3-none-any.whl"
    evil = zipped({"lamp.py": b"evil"})
    yard.server.answers[path] = evil
    yard.server.answers["/simple/lamp/"] = f'<a href="{path}">{Path(path).name}</a>'.encode()
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert "the Python package index: uv: " in caught.value.why
    assert sha256(evil) in caught.value.why
    assert yard.left() == []


@pytest.mark.parametrize("change", ["other", "missing"])
def test_requirements_that_are_not_those_of_the_lock_are_refused(yard: Yard, change: str) -> None:
    yard.write(entry(yard.wheels()))
    path = yard.root / "lamp.txt"
    if change == "other":
        path.write_text(path.read_text() + "evil==1\n")
    else:
        path.unlink()
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    expected = "lamp.txt has the wrong digest: expected sha256:" if change == "other" else "No such file"
    assert expected in caught.value.why
    assert yard.server.asked == []


def test_a_uv_that_is_not_where_its_package_says_is_a_source_that_fails(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("no uv in any scheme")

    yard.write(entry(yard.wheels()))
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setitem(sys.modules, "uv", SimpleNamespace(find_uv_bin=nowhere))
    with pytest.raises(ToolError, match=r"no uv in any scheme \(reinstall lockstep-ci\)"):
        yard.provide("lamp")


# npm.


def test_a_program_of_an_npm_package(yard: Yard) -> None:
    yard.write(entry(yard.npm()))
    assert said(yard.provide("lamp")["lamp"]) == "npm lamp"


def test_the_program_of_this_platform_among_those_of_all_platforms(yard: Yard) -> None:
    yard.write(entry(yard.npm(member="package/bin/{name}/lamp")))
    assert said(yard.provide("lamp")["lamp"]) == "npm lamp of cli"


def test_an_npm_package_with_other_bytes_than_the_lock_pins_is_refused(yard: Yard) -> None:
    source = yard.npm()
    evil = yard.server.npm("@lamps/cli", "1.0.0", {"package.json": b"{}", "bin/lamp": b"#!/bin/sh\necho evil\n"})
    yard.write(entry(source))
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert "@lamps/cli@1.0.0 of the npm registry has the wrong digest: expected sha512-" in caught.value.why
    assert f"got {evil}" in caught.value.why
    assert yard.left() == []


def test_a_version_that_the_npm_registry_does_not_have(yard: Yard) -> None:
    yard.write(entry(yard.npm(), version="2.0.0"))
    with pytest.raises(ToolError, match=r"the npm registry: npm: .*2\.0\.0"):
        yard.provide("lamp")


def test_an_npm_that_leaves_nothing(yard: Yard) -> None:
    yard.write(entry(yard.npm()))
    yard.processes.answers["npm"] = lambda _: Completed(0, b"", b"")
    with pytest.raises(ToolError, match=r"npm left no tarball of @lamps/cli@1\.0\.0"):
        yard.provide("lamp")


# Go.


def test_a_go_module_is_built_as_its_maker_builds_it(yard: Yard) -> None:
    yard.write(entry(yard.go(version="1.2.3"), version="1.2.3"))
    assert said(yard.provide("lamp")["lamp"]) == "go lamp 1.2.3"


def test_the_sum_of_a_module_is_the_one_that_go_says(yard: Yard) -> None:
    yard.write(entry(yard.go()))
    yard.provide("lamp")
    argv = (yard.program("go"), "mod", "download", "-json", "lamps.example/lamp@v1.0.0")
    printed = subprocess.run(argv, check=True, capture_output=True, env=yard.environ, cwd=yard.root.parent).stdout
    told: dict[str, str] = msgspec.json.decode(printed)
    assert archives.module_sum(Path(told["Zip"])) == told["Sum"]


def test_a_module_with_replacements_builds(yard: Yard) -> None:
    bulb = {"go.mod": "module bulbs.example/fork\n\ngo 1.20\n", "bulb.go": 'package bulb\n\nconst Light = "replaced"\n'}
    whole = yard.server.go("bulbs.example/fork", "v1.0.0", bulb)
    alone = module_sum({"go.mod": bulb["go.mod"].encode()})
    files = {
        "go.mod": "module lamps.example/lamp\n\ngo 1.20\n\nrequire bulbs.example/b v0.1.0\n\n"
        "replace bulbs.example/b => bulbs.example/fork v1.0.0\n",
        "go.sum": f"bulbs.example/fork v1.0.0 {whole}\nbulbs.example/fork v1.0.0/go.mod {alone}\n",
        "cmd/lamp/main.go": 'package main\n\nimport bulb "bulbs.example/b"\n\nfunc main() { println(bulb.Light) }\n',
    }
    yard.write(entry(yard.go(files=files)))
    assert said(yard.provide("lamp")["lamp"]) == "replaced"


def test_a_module_with_other_bytes_than_the_lock_pins_is_refused(yard: Yard) -> None:
    source = yard.go()
    evil = yard.server.go("lamps.example/lamp", "v1.0.0", {"cmd/lamp/main.go": "package main\n\nfunc main() {}\n"})
    yard.write(entry(source))
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert "lamps.example/lamp@v1.0.0 of the Go module proxy has the wrong digest: expected h1:" in caught.value.why
    assert f"got {evil}" in caught.value.why
    assert not any("build" in process.argv for process in yard.processes.asked)


def test_a_module_that_does_not_build_says_why(yard: Yard) -> None:
    yard.write(entry(yard.go(files={"cmd/lamp/main.go": "package main\n\nfunc main() { lamp() }\n"})))
    with pytest.raises(ToolError, match="undefined: lamp"):
        yard.provide("lamp")
    assert yard.left() == []


def test_a_version_that_the_proxy_does_not_have_says_so_in_gos_words(yard: Yard) -> None:
    yard.write(entry(yard.go(), version="2.0.0"))
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert "lamp@v2.0.0" in caught.value.why
    assert "404" in caught.value.why
    assert "{" not in caught.value.why


def test_a_go_that_says_what_cannot_be_read(yard: Yard) -> None:
    yard.write(entry(yard.go()))
    yard.processes.answers["go"] = lambda _: Completed(0, b"no JSON", b"")
    with pytest.raises(ToolError, match="go said what cannot be read"):
        yard.provide("lamp")


def test_a_build_sees_the_machines_mirrors_and_no_other_go_settings(yard: Yard) -> None:
    seen: list[Process] = []

    def fail(process: Process) -> Completed:
        seen.append(process)
        return Completed(1, b"", b"seen")

    yard.environ |= {"GOFLAGS": "-tags=evil", "GOARCH": "wasm", "GOEXPERIMENT": "x", "CGO_ENABLED": "1", "FOO": "1"}
    yard.write(entry(yard.go() + 'env = { GOEXPERIMENT = "jsonv2" }\n'))
    yard.processes.answers["go"] = fail
    with pytest.raises(ToolError):
        yard.provide("lamp")
    env = seen[0].env
    assert env["GOPROXY"] == yard.environ["GOPROXY"]
    assert (env["GOFLAGS"], env["GOEXPERIMENT"], env["CGO_ENABLED"]) == ("-mod=readonly -modcacherw", "jsonv2", "0")
    assert env["GOARCH"] in {"amd64", "arm64"}
    assert "FOO" not in env


def test_where_the_machine_has_no_go_its_caches_are_the_stores(yard: Yard, tmp_path: Path) -> None:
    seen: list[Process] = []

    def fail(process: Process) -> Completed:
        seen.append(process)
        return Completed(1, b"", b"seen")

    for name in ("GOCACHE", "GOMODCACHE"):
        del yard.environ[name]
    yard.environ["PATH"] = str(tmp_path)
    stand_in = yard.vendor().replace("lamp.", "go.")
    yard.write(entry(yard.go()), entry(stand_in, name="go"))
    yard.processes.answers["go"] = fail
    with pytest.raises(ToolError):
        yard.provide("lamp")
    assert seen[0].env["GOPATH"] == str(yard.store / "go")
    assert seen[0].env["GOCACHE"] == str(yard.store / "go" / "build")


# All of them.


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (Completed(1, b"said", b""), "uv: said"),
        (Completed(2, b"out", b"one\n\n two \n"), "uv: one; two"),
        (Completed(1, b"", b""), "uv: failed"),
        (Completed(0, b"", b"", failure="timeout"), "uv: timeout"),
        (Completed(1, b"", b"index https://me:hunter22@index.example"), "uv: index https://***@index.example"),
        (Completed(1, b"", b"no s3cr3t-value here"), "uv: no *** here"),
    ],
)
def test_an_installer_that_fails_is_quoted_without_secrets(yard: Yard, done: Completed, why: str) -> None:
    yard.environ |= {"UV_TOKEN": "s3cr3t-value"}
    yard.write(entry(yard.wheels()))
    yard.processes.answers["uv"] = lambda _: done
    with pytest.raises(ToolError) as caught:
        yard.provide("lamp")
    assert caught.value.why == f"the Python package index: {why}"
