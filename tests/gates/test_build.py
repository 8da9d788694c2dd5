import json

import pytest
from msgspec.structs import replace

from lockstep.gates.build import GATE
from lockstep.model.component import Component, Kind
from lockstep.model.gate import Check, ImageSettings, ImagesSettings, Invocation, Settings
from tests.gates.invoking import LIBRARY, WHOLE, invocation, output, selects

DISTRIBUTIONS, IMAGE, TRIAL = GATE.checks
DEFAULTS = ImagesSettings()
TILL = Component("services/Till_2", "services/Till_2", Kind.SERVICE)


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("libs/lamps/pyproject.toml", True),
        ("libs/lamps/setup.py", True),
        ("libs/lamps/docs/pyproject.toml", False),
        ("libs/lamps/src/lamps/price.py", False),
    ],
)
def test_a_components_own_manifest_says_that_it_is_built(path: str, selected: bool) -> None:  # noqa: FBT001 - a table
    assert selects(DISTRIBUTIONS, LIBRARY, path) is selected


def test_a_manifest_of_settings_alone_is_not_built() -> None:
    assert not selects(DISTRIBUTIONS, WHOLE, "pyproject.toml")


def test_the_dockerfile_in_the_components_folder_makes_its_image() -> None:
    assert selects(IMAGE, TILL, "services/Till_2/Dockerfile")
    assert not selects(IMAGE, TILL, "services/Till_2/tests/Dockerfile")
    assert not selects(IMAGE, TILL, "services/Till_2/Dockerfile.dev")


def given(component: Component, *files: str, images: ImagesSettings = DEFAULTS) -> Invocation:
    made = invocation(
        *files, component=component, settings=Settings(images=images), tools=("lockstep", "uv", "buildx", "syft")
    )
    return replace(made, places={"epoch": "1700000000", "builder": "remote:unix:///b.sock"})


def test_distributions_are_built_from_the_copies_at_the_time_of_the_sources() -> None:
    assert DISTRIBUTIONS.argv(given(LIBRARY, "libs/lamps/pyproject.toml")) == (
        *("/store/lockstep", "-P", "-m", "lockstep.plugin.building.distributions"),
        *("--tree=/scratch/tree", "--epoch=1700000000", "--scratch=/scratch", "--report=/scratch/built.json"),
        *(
            "--folder=libs/lamps",
            "--python=/env/bin/python",
            "--uv=/store/uv",
            "--syft=/store/syft",
            "--constraints=/data/artifacts/backends.txt",
        ),
    )


def test_an_image_is_called_as_its_folder_and_built_for_one_platform() -> None:
    argv = IMAGE.argv(given(TILL, "services/Till_2/Dockerfile"))
    assert {"--file=services/Till_2/Dockerfile", "--name=till-2", "--platform=linux/amd64", "--budget=500"} < set(argv)
    assert not {"--no-shell", "--twice"} & set(argv)


def test_the_repositorys_own_image_has_a_name() -> None:
    assert "--name=image" in IMAGE.argv(given(WHOLE, "Dockerfile"))


def test_settings_say_how_an_image_is_built() -> None:
    own = ImageSettings("desk", ("linux/arm64", "linux/amd64"), (("BASE", "b"),), 20, shell=False)
    settings = ImagesSettings(((TILL.name, own),), (("docker.io", "mirror.example"),), "kit.example/b", twice=True)
    argv = IMAGE.argv(given(TILL, "services/Till_2/Dockerfile", images=settings))
    assert "--name=desk" in argv
    assert {
        *("--builder=remote:unix:///b.sock", "--buildkit=kit.example/b", "--state=/cache", "--arg=BASE=b"),
        *("--mirror=docker.io=mirror.example", "--budget=20", "--no-shell", "--twice"),
    } < set(argv)
    assert [word for word in argv if "platform" in word] == ["--platform=linux/arm64", "--platform=linux/amd64"]


def test_findings_stand_in_the_file_that_says_how_to_build() -> None:
    report = json.dumps({"failure": "no backend"}).encode()
    files = {"built.json": report}
    read = DISTRIBUTIONS.parse(output(files=files), given(LIBRARY, "libs/lamps/pyproject.toml"))
    assert [each.location.path for each in read.findings] == ["libs/lamps/pyproject.toml"]


def test_a_build_that_could_not_be_made_says_nothing_of_the_sources() -> None:
    assert IMAGE.parse(output(2), given(TILL, "services/Till_2/Dockerfile")).problem


def test_dockers_client_is_told_to_be_quiet() -> None:
    assert IMAGE.env(given(TILL)) == {"DOCKER_CLI_HINTS": "false"}


def test_a_trial_builds_the_same_image_and_runs_it() -> None:
    invoked = given(TILL, "services/Till_2/Dockerfile")
    image, trial = IMAGE.argv(invoked), TRIAL.argv(invoked)
    assert trial[1:4] == ("-P", "-m", "lockstep.plugin.building.trial")
    assert set(trial[4:]) < set(image)
    assert "daemon" in TRIAL.freshness


@pytest.mark.parametrize("check", [DISTRIBUTIONS, IMAGE])
def test_cyclonedx_is_made_where_it_is_asked_for(check: Check) -> None:
    made = given(LIBRARY, "libs/lamps/pyproject.toml")
    assert "--cyclonedx" not in check.argv(made)
    assert "--cyclonedx" in check.argv(replace(made, settings=Settings(cyclonedx=True)))
