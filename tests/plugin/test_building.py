"""The programs of the gate build, with stand-ins for uv and Buildx that do as the real ones in the end-to-end tests."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from docker.errors import DockerException

from lockstep.plugin.building import describing, distributions, image, making, trial
from tests.artifacts.packing import Store, tar
from tests.artifacts.packing import image as packed

EPOCH = 1_700_000_000
# A uv whose backend is a few lines: FILES are the members of the wheel by name, as Python source.
UV = """#!{python}
import os, pathlib, sys, zipfile, tarfile, time
out = pathlib.Path(sys.argv[sys.argv.index("--out-dir") + 1]); out.mkdir(parents=True, exist_ok=True)
source = pathlib.Path(sys.argv[-1])
{code}
"""
WRITE = """
with zipfile.ZipFile(out / "lamps-1-py3-none-any.whl", "w") as wheel:
    wheel.writestr(zipfile.ZipInfo("lamps.py"), {content})
with tarfile.open(out / "lamps-1.tar.gz", "w:gz") as sdist:
    sdist.add(source / "pyproject.toml", "lamps-1/pyproject.toml")
"""
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


# A Syft that lists what it was told to look at.
SYFT = """#!/bin/sh
test -d "${2#*dir:}" || exit 1
printf '{"spdxVersion": "SPDX-2.3", "name": "x", "packages": [{"name": "%s", "versionInfo": "%s"}]}' "$4" "$6"
"""


def syft(folder: Path, code: str = SYFT) -> None:
    program = folder / "syft"
    program.write_text(code)
    program.chmod(0o755)


def built(tmp_path: Path, code: str, manifest: str = SETUPTOOLS, files: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Return the report of a build of `libs/lamps` by a uv that runs `code`."""
    program = tmp_path / "uv"
    program.write_text(UV.format(python=sys.executable, code=code))
    program.chmod(0o755)
    syft(tmp_path)
    for path, text in ({"libs/lamps/pyproject.toml": manifest} | dict(files or {})).items():
        target = tmp_path / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "shipped.txt").write_text("setuptools==84.0\nhatchling==1.33\n")
    report = tmp_path / "built.json"
    argv = [
        f"--tree={tmp_path}/tree",
        "--folder=libs/lamps",
        "--python=/python/3.13",
        f"--uv={program}",
        f"--epoch={EPOCH}",
    ]
    argv += [
        f"--syft={tmp_path}/syft",
        f"--constraints={tmp_path}/shipped.txt",
        f"--scratch={tmp_path}/scratch",
        f"--report={report}",
    ]
    code_ = making.main(distributions.program, argv)
    return json.loads(report.read_text()) if code_ == 0 else code_


def test_what_is_built_the_same_twice_is_kept_by_digest(tmp_path: Path) -> None:
    report = built(tmp_path, WRITE.format(content="'LIT = True'"))
    assert [(each["kind"], each["name"], each["platform"]) for each in report["artifacts"]] == [
        ("sdist", "lamps-1.tar.gz", "any"),
        ("wheel", "lamps-1-py3-none-any.whl", "any"),
    ]
    kept = {path.name: path.stat().st_size for path in (tmp_path / "scratch/artifacts").iterdir()}
    files = (*report["artifacts"], *report["sboms"])
    assert kept == {each["digest"].removeprefix("sha256:"): each["size"] for each in files}


def test_a_wheel_comes_with_a_list_of_what_it_consists_of(tmp_path: Path) -> None:
    report = built(tmp_path, WRITE.format(content="'LIT = True'"))
    (made,) = report["sboms"]
    assert (made["name"], made["subject"]) == ("lamps-1-py3-none-any.whl.spdx.json", report["artifacts"][1]["digest"])
    kept = json.loads((tmp_path / "scratch/artifacts" / made["digest"].removeprefix("sha256:")).read_text())
    assert kept["packages"] == [{"name": "lamps-1-py3-none-any.whl", "versionInfo": made["subject"]}]


@pytest.mark.parametrize("code", ["exit 1\n", "echo '{}'\n", "echo no\n"])
def test_without_that_list_nothing_can_be_said(yard: Path, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    syft(yard, f"#!/bin/sh\n{code}")
    assert imaged(yard) == making.FAILED
    assert "Syft" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["str(time.time_ns())", "os.getcwd()", "os.environ['PYTHONHASHSEED']"])
def test_what_differs_in_the_second_build_is_told_and_not_kept(tmp_path: Path, content: str) -> None:
    report = built(tmp_path, WRITE.format(content=content))
    assert report["artifacts"] == []
    assert {(each["artifact"], each["member"]) for each in report["differences"]} == {
        ("lamps-1-py3-none-any.whl", "lamps.py")
    }


def test_the_clocks_of_setuptools_sdists_are_taken_out_and_those_of_others_are_told(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    code = WRITE.format(content="''")
    hatch = SETUPTOOLS.replace("setuptools.build_meta", "hatchling.build")
    assert built(tmp_path / "one", code)["differences"] == []
    differences = built(tmp_path / "other", code, hatch)["differences"]
    assert {each["how"].partition(":")[0] for each in differences} == {"modified"}


def test_another_name_in_the_second_build_is_told(tmp_path: Path) -> None:
    code = WRITE.replace("lamps-1-py3", "lamps-{os.environ['PYTHONHASHSEED']}-py3").replace(
        'out / "lamps', 'out / f"lamps'
    )
    (difference,) = built(tmp_path, code.replace("{content}", "''"))["differences"]
    assert difference["how"] == "name: lamps-1-py3-none-any.whl, then lamps-2-py3-none-any.whl"


def test_a_backend_sees_the_time_of_the_sources_and_clean_copies(tmp_path: Path) -> None:
    check = """
assert os.environ["SOURCE_DATE_EPOCH"] == "1700000000"
path = source / "pyproject.toml"
assert path.stat().st_mode & 0o777 == 0o644 and int(path.stat().st_mtime) % 86400 == 1700000000 % 86400
assert (source / "run.sh").stat().st_mode & 0o777 == 0o755
assert os.readlink(source / "link") == "run.sh"
"""
    (tmp_path / "tree/libs/lamps").mkdir(parents=True)
    (tmp_path / "tree/libs/lamps/run.sh").touch(0o700)
    (tmp_path / "tree/libs/lamps/link").symlink_to("run.sh")
    assert "artifacts" in built(tmp_path, check + WRITE.format(content="''"))


@pytest.mark.parametrize("above", ["", "libs/", "libs/lamps/"])
def test_the_nearest_constraints_bind_the_backend(tmp_path: Path, above: str) -> None:
    code = "given = sys.argv[sys.argv.index('--build-constraints') + 1]" + WRITE.format(content="open(given).read()")
    files = {f"{above}build-constraints.txt": "hatchling==1.27.0\n"}
    report = built(tmp_path, code, files=files)
    assert report["differences"] == []


@pytest.mark.parametrize(("asked", "loose"), [("setuptools>=77", []), ("setuptools<80", ["setuptools<80"])])
def test_a_backend_that_nothing_binds_is_remarked(tmp_path: Path, asked: str, loose: list[str]) -> None:
    code = "given = sys.argv[sys.argv.index('--build-constraints') + 1]" + WRITE.format(content="open(given).read()")
    report = built(tmp_path, code, SETUPTOOLS.replace('"setuptools"', f'"{asked}"'))
    assert [(each["what"], each["level"]) for each in report["broken"]] == [(each, "note") for each in loose]


def test_a_backend_that_gives_up_is_a_failure_of_the_sources(tmp_path: Path) -> None:
    report = built(tmp_path, "sys.exit('The build backend returned an error\\nno module lamps')")
    assert report == {"failure": "The build backend returned an error\nno module lamps"}


def test_an_index_that_does_not_answer_says_nothing_of_the_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "No solution found when resolving: `hatchling`\\n  cause: Failed to fetch: https://index.example/simple/hatchling/"
    assert built(tmp_path, f"sys.exit('{said}')") == making.FAILED
    assert "uv could not build" in capsys.readouterr().err


def test_an_index_that_does_not_answer_once_is_asked_again(tmp_path: Path) -> None:
    code = f"mark = pathlib.Path({str(tmp_path / 'asked')!r})\n"
    code += "if not mark.exists():\n    mark.touch()\n    sys.exit('Failed to fetch: https://index.example/simple/')\n"
    assert built(tmp_path, code + WRITE.format(content="''"))["differences"] == []


@pytest.mark.parametrize("more", ["[tool.uv]\npackage = false\n", "[tool.poetry]\npackage-mode = false\n"])
def test_what_is_not_packaged_is_not_built(tmp_path: Path, more: str) -> None:
    assert built(tmp_path, "sys.exit(1)", SETUPTOOLS + more) == {"artifacts": []}


@pytest.mark.parametrize("manifest", ["[broken", "name = '\\q'"])
def test_a_broken_manifest_is_left_for_uv_to_refuse(tmp_path: Path, manifest: str) -> None:
    assert "failure" in built(tmp_path, "sys.exit('TOML parse error at line 1')", manifest)


def test_a_cyclonedx_document_that_is_none_cannot_be_believed(tmp_path: Path) -> None:
    syft(tmp_path, "#!/bin/sh\necho '{}'\n")
    given = argparse.Namespace(syft=str(tmp_path / "syft"), scratch=tmp_path, cyclonedx=True)
    with pytest.raises(making.BuildError, match="CycloneDX document about lamps cannot be read"):
        describing.kept(given, {"packages": []}, name="lamps")


# A Buildx that lists what builders it has made, and whose builds write the layout of the folder that it stands in.
BUILDX = """#!{python}
import json, os, pathlib, shutil, sys
here = pathlib.Path(__file__).parent
words = sys.argv[2:]
with (here / "calls").open("a") as calls:
    print(json.dumps(words), file=calls)
made = here / "made"
if words[0] == "ls" and made.exists():
    print(json.dumps({{"Name": made.read_text(), "Driver": "remote", "Nodes": []}}))
if words[0] == "create":
    made.write_text(words[words.index("--name") + 1])
    print(made.read_text())
if words[0] == "build":
    {code}
    output = dict(part.split("=", 1) for part in words[words.index("--output") + 1].split(","))
    count = len(list(here.glob("layout*"))) and sum('"build"' in line for line in (here / "calls").read_text().splitlines())
    layout = here / f"layout{{count}}"
    shutil.copytree(layout if layout.is_dir() else here / "layout1", output["dest"])
"""
PIN = "shop.example/base@sha256:" + "a" * 64
DOCKERFILE = f"FROM {PIN}\nUSER 10001\n"
RIGHTLESS = {"User": "10001"}


def laid(folder: Path, *layers: bytes, **settings: Any) -> None:  # noqa: ANN401 - JSON
    """Write the layout of an image."""
    store = Store()
    named = packed(store, *layers, **settings)
    (folder / "blobs/sha256").mkdir(parents=True)
    for digest, data in store.content.items():
        (folder / "blobs/sha256" / digest).write_bytes(data)
    about = {"mediaType": named.media_type, "digest": named.digest, "size": named.size}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [about]}))


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a Buildx that builds one image, and a tree with a Dockerfile."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    laid(tmp_path / "layout1", tar({"app/till.py": b"OPEN = 1\n"}), config=RIGHTLESS)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "scratch").mkdir()
    buildx(tmp_path, "pass")
    syft(tmp_path)
    return tmp_path


def buildx(yard: Path, code: str) -> None:
    program = yard / "buildx"
    program.write_text(BUILDX.format(python=sys.executable, code=code))
    program.chmod(0o755)


def imaged(yard: Path, *more: str, builder: str = "remote:tcp://kit.example:1") -> Any:  # noqa: ANN401 - JSON
    argv = [
        f"--tree={yard}/tree",
        "--file=Dockerfile",
        "--name=till",
        f"--buildx={yard}/buildx",
        f"--builder={builder}",
    ]
    argv += [f"--syft={yard}/syft", f"--state={yard}/state", f"--epoch={EPOCH}", "--platform=linux/amd64", "--budget=5"]
    argv += [f"--scratch={yard}/scratch", f"--report={yard}/built.json", *more]
    code = making.main(image.program, argv)
    return json.loads((yard / "built.json").read_text()) if code == 0 else code


def calls(yard: Path, word: str) -> list[list[str]]:
    found = [json.loads(line) for line in (yard / "calls").read_text().splitlines()]
    return [each for each in found if each[0] == word]


def test_an_image_is_all_of_its_blobs(yard: Path) -> None:
    report = imaged(yard)
    (made,), (described,) = report["artifacts"], report["sboms"]
    assert (described["name"], described["subject"]) == ("till.spdx.json", made["digest"])
    (yard / "scratch/artifacts" / described["digest"].removeprefix("sha256:")).unlink()
    kept = {path.name: path.stat().st_size for path in (yard / "scratch/artifacts").iterdir()}
    assert (made["kind"], made["name"], made["platform"], made["size"]) == (
        "image",
        "till",
        "linux/amd64",
        sum(kept.values()),
    )
    assert {each.removeprefix("sha256:") for each in (made["digest"], *made["parts"])} == kept.keys()
    assert report["broken"] == []


def test_the_build_is_told_all_that_makes_it_the_same(yard: Path) -> None:
    (yard / "tree/Dockerfile").write_text("ARG BASE\nFROM $BASE\n")
    imaged(yard, f"--arg=BASE={PIN}", "--mirror=shop.example=mirror.example/shop")
    (words,) = calls(yard, "build")
    pairs = set(pairwise(words))
    assert ("--build-arg", f"BASE={PIN}") in pairs
    assert ("--build-context", f"{PIN}=docker-image://mirror.example/shop/{PIN.partition('/')[2]}") in pairs
    assert ("--platform", "linux/amd64") in pairs
    assert {"--provenance=false", "--sbom=false"} < set(words)
    assert "rewrite-timestamp=true" in words[words.index("--output") + 1]
    assert "--no-cache" not in words


@pytest.mark.parametrize(
    ("builder", "expected"),
    [
        ("remote:tcp://kit.example:1", ["--driver", "remote", "tcp://kit.example:1"]),
        ("docker:", ["--driver", "docker-container", "--driver-opt", "image=kit.example/b"]),
    ],
)
def test_a_builder_is_made_where_there_is_none(yard: Path, builder: str, expected: list[str]) -> None:
    imaged(yard, "--buildkit=kit.example/b", builder=builder)
    (words,) = calls(yard, "create")
    assert set(expected) < set(words)
    name = words[words.index("--name") + 1]
    (build,) = calls(yard, "build")
    assert build[build.index("--builder") + 1] == name


def test_the_users_own_builder_is_used_as_it_is(yard: Path) -> None:
    imaged(yard, builder="builder:mine")
    assert calls(yard, "create") == []
    (words,) = calls(yard, "build")
    assert words[words.index("--builder") + 1] == "mine"


def test_rules_are_held_against_the_image(yard: Path) -> None:
    (yard / "tree/Dockerfile").write_text("FROM debian:12\n")
    laid(yard / "other", tar({"bin/sh": b""}))
    (yard / "layout1").rename(yard / "unused")
    (yard / "other").rename(yard / "layout1")
    report = imaged(yard, "--no-shell")
    assert {each["rule"] for each in report["broken"]} == {"image-base", "image-root", "image-shell"}
    assert report["artifacts"]


def test_two_builds_that_are_the_same_are_one_image(yard: Path) -> None:
    assert imaged(yard, "--twice")["artifacts"]
    first, second = calls(yard, "build")
    assert "--no-cache" in second
    assert "--no-cache" not in first


def test_two_builds_that_differ_say_where(yard: Path) -> None:
    laid(yard / "layout2", tar({"app/till.py": b"OPEN = 2\n"}), tar({}), config=RIGHTLESS | {"Env": ["A=1"]})
    report = imaged(yard, "--twice")
    assert report["artifacts"] == []
    assert {(each["artifact"], each["member"], each["how"]) for each in report["differences"]} == {
        ("till linux/amd64", "settings", "the image's configuration differs"),
        ("till linux/amd64, layer 1", "app/till.py", "content"),
        ("till linux/amd64, layer 2", "", "one build has it, the other has not"),
    }


def test_a_base_image_that_nobody_named_is_lacking(yard: Path) -> None:
    (yard / "tree/Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    assert "build argument BASE" in imaged(yard)["lacking"]
    assert not (yard / "calls").exists()


@pytest.mark.parametrize(
    "said",
    [
        'ERROR: failed to solve: process \\"/bin/sh -c false\\" did not complete successfully: exit code: 1',
        'ERROR: failed to solve: failed to compute cache key: \\"/nothing\\": not found',
        "ERROR: failed to solve: dockerfile parse error on line 3: unknown instruction: FORM",
    ],
)
def test_a_dockerfile_that_does_not_build_is_at_fault(yard: Path, said: str) -> None:
    buildx(yard, f'sys.exit("#5 working\\n{said}")')
    assert said.replace('\\"', '"') in imaged(yard)["failure"]


@pytest.mark.parametrize(
    "said",
    [
        "ERROR: failed to list workers: Unavailable: connection error",
        " > [internal] booting buildkit:\\n------\\nERROR: no such image: kit.example/b",
        "ERROR: Cannot connect to the Docker daemon",
    ],
)
def test_a_builder_that_does_not_answer_is_lacking(yard: Path, said: str) -> None:
    buildx(yard, f'sys.exit("{said}")')
    why = said.rpartition("ERROR: ")[2]
    assert imaged(yard) == {"lacking": f"the builder of images cannot be used: {why}"}


def test_a_registry_that_does_not_answer_says_nothing_of_the_sources(
    yard: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = "dial tcp 127.0.0.1:9: connect: connection refused"
    buildx(yard, f'sys.exit("ERROR: failed to solve: shop.example/base: failed to do request: {refused}")')
    assert imaged(yard) == making.FAILED
    assert "the image could not be built" in capsys.readouterr().err


class Containers:
    """A daemon with one image; `states` are what a container says of itself, look by look, the last one for ever."""

    def __init__(
        self, *states: Mapping[str, Any], healthcheck: object = None, refusal: Exception | None = None
    ) -> None:
        self.containers = self.images = self
        self.states = list(states)
        self.refusal = refusal
        self.attrs: dict[str, Any] = {"Config": {"Healthcheck": healthcheck}}
        self.id = "sha256:abc"
        self.asked: dict[str, Any] = {}
        self.removed = 0

    def version(self) -> dict[str, str]:
        return {"Os": "linux", "Arch": "amd64"}

    def load(self, _: object) -> tuple["Containers"]:
        return (self,)

    def create(self, image: str, **asked: object) -> "Containers":
        if self.refusal:
            raise self.refusal
        self.asked = {"image": image, **asked}
        return self

    def start(self) -> None:
        pass

    def reload(self) -> None:
        self.attrs = {"State": self.states.pop(0) if len(self.states) > 1 else self.states[0]}

    def logs(self, tail: int) -> bytes:
        return b"no room\n" * min(tail, 1)

    def remove(self, *_: object, **__: object) -> None:
        self.removed += 1

    def close(self) -> None:
        pass


ENDED = {"Running": False, "ExitCode": 3}
RUNS = {"Running": True, "ExitCode": 0}
STARTING, WELL, ILL = ({**RUNS, "Health": {"Status": status}} for status in ("starting", "healthy", "unhealthy"))


def tried(yard: Path, daemon: Containers, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - JSON
    monkeypatch.setattr("docker.from_env", lambda: daemon)
    monkeypatch.setattr(trial, "_SETTLED", 0.0)
    monkeypatch.setattr(trial, "_PATIENCE", 0.3)
    argv = [f"--tree={yard}/tree", "--file=Dockerfile", "--name=till", f"--buildx={yard}/buildx", f"--epoch={EPOCH}"]
    argv += ["--builder=builder:mine", f"--state={yard}/state", "--platform=linux/amd64"]
    code = making.main(trial.program, [*argv, f"--scratch={yard}/scratch", f"--report={yard}/built.json"])
    return json.loads((yard / "built.json").read_text()) if code == 0 else code


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ([WELL], ""),
        ([STARTING, WELL], ""),
        ([RUNS], ""),
        ([{**ENDED, "ExitCode": 0}], ""),
        ([ENDED], "it ended with exit code 3"),
        ([STARTING, {**ENDED, "ExitCode": 0, "Health": {"Status": "starting"}}], "it ended with exit code 0"),
        ([STARTING, ILL], "its health check fails"),
        ([STARTING], "its health check fails"),
    ],
)
def test_a_trial_ends_when_it_is_known_whether_the_image_works(
    yard: Path, monkeypatch: pytest.MonkeyPatch, states: list[dict[str, Any]], why: str
) -> None:
    buildx(yard, ARCHIVED)
    daemon = Containers(*states)
    broken = tried(yard, daemon, monkeypatch)["broken"]
    assert [each["message"].partition(": ")[2] for each in broken] == ([f"{why}\nno room"] if why else [])
    assert daemon.removed == 2
    assert daemon.asked["read_only"]
    assert daemon.asked["cap_drop"] == ["ALL"]
    assert daemon.asked["healthcheck"] is None


# A docker archive is a file, not a folder.
ARCHIVED = """
    pathlib.Path(dict(part.split("=", 1) for part in words[words.index("--output") + 1].split(","))["dest"]).touch()
    sys.exit(0)
"""


def test_the_images_own_health_check_is_asked_often(yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buildx(yard, ARCHIVED)
    daemon = Containers(WELL, healthcheck={"Test": ["CMD", "/healthy"]})
    assert tried(yard, daemon, monkeypatch) == {"broken": []}
    assert daemon.asked["healthcheck"] == {"interval": 1_000_000_000}


def test_a_daemon_that_refuses_says_nothing_of_the_image(
    yard: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    buildx(yard, ARCHIVED)
    daemon = Containers(RUNS, refusal=DockerException("no space left"))
    assert tried(yard, daemon, monkeypatch) == making.FAILED
    assert "no space left" in capsys.readouterr().err
    assert daemon.removed == 1


def test_an_image_that_does_not_build_is_not_tried(yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buildx(yard, 'sys.exit("ERROR: failed to solve: dockerfile parse error on line 3: unknown instruction: FORM")')
    assert "failure" in tried(yard, Containers(RUNS), monkeypatch)
    (yard / "tree/Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    assert "lacking" in tried(yard, Containers(RUNS), monkeypatch)
