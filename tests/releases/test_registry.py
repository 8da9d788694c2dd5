"""How a registry is let in to, and what it may answer."""

import base64
import json
import sys
from pathlib import Path

import msgspec
import pytest

from lockstep.config import ReleaseConfig
from lockstep.errors import ConfigError, RunError, ToolError
from lockstep.host import Host, bucket
from lockstep.host.process import Completed, Process
from lockstep.releases import registry, stores
from lockstep.releases.registry import Registry
from tests.engine.running import machine

ECR = "123456789012.dkr.ecr.ca-central-1.amazonaws.com/shop"


class Answering:
    """Processes that all end in one way."""

    def __init__(self, done: Completed) -> None:
        self._done = done
        self.asked: list[Process] = []

    def run(self, process: Process) -> Completed:
        self.asked.append(process)
        return self._done

    def cancel(self) -> None:
        """End nothing."""


def crane(tmp_path: Path, done: Completed) -> Registry:
    host = msgspec.structs.replace(machine(tmp_path / "store"), processes=Answering(done))
    return Registry(host, ("crane",), {}, insecure=False, timeout=5)


@pytest.mark.parametrize(
    "said",
    [
        b"Error: GET https://registry.example/v2/x/manifests/v1: MANIFEST_UNKNOWN: manifest unknown",
        b"Error: GET https://registry.example/v2/x/manifests/v1: NAME_UNKNOWN: repository name not known to registry",
        b"Error: HEAD https://registry.example/v2/x/manifests/v1: unexpected status code 404 Not Found",
    ],
)
def test_an_image_that_is_not_there_has_no_digest(tmp_path: Path, said: bytes) -> None:
    assert crane(tmp_path, Completed(1, b"", said)).digest("registry.example/x:v1") == ""


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (Completed(1, b"", b"warning\nError: UNAUTHORIZED: authentication required\n"), "Error: UNAUTHORIZED"),
        (
            Completed(1, b"", b"HEAD: 404 Not Found, falling back on GET\nError: GET: 503 Service Unavailable\n"),
            "Error: GET",
        ),
        (Completed(-9, b"", b"", failure="timeout"), "timeout"),
        (Completed(2, b"", b""), "exit code 2"),
    ],
)
def test_a_registry_that_does_not_answer_is_not_taken_for_empty(tmp_path: Path, done: Completed, why: str) -> None:
    with pytest.raises(RunError, match="the registry cannot be asked") as failed:
        crane(tmp_path, done).digest("registry.example/x:v1")
    assert failed.value.why.startswith(why)
    with pytest.raises(RunError, match="does not take the image"):
        crane(tmp_path, done).push(tmp_path, "registry.example/x:v1")


def test_a_registry_of_amazons_is_known_by_its_name() -> None:
    assert registry.ecr_place(ECR) == ("123456789012", "ca-central-1")
    assert registry.ecr_place("registry.example/123456789012.dkr.ecr.ca-central-1.amazonaws.com") is None


@pytest.mark.parametrize("repository", [ECR, f"{ECR}/", "registry.example/shop"])
def test_the_repository_of_an_image_is_named_without_its_host(repository: str) -> None:
    assert registry.path_of(repository, "till") == "shop/till"
    assert registry.path_of("registry.example", "till") == "till"


def test_a_token_lies_in_a_private_folder_while_it_is_needed(tmp_path: Path) -> None:
    token = base64.b64encode(b"AWS:secret").decode()
    with registry.let_in(_host(tmp_path), ECR, token) as environ:
        login = Path(environ["DOCKER_CONFIG"]) / "config.json"
        assert json.loads(login.read_bytes()) == {"auths": {ECR.partition("/")[0]: {"auth": token}}}
        assert login.stat().st_mode & 0o077 == 0
    assert not login.exists()


def test_without_a_token_the_machines_own_logins_count(tmp_path: Path) -> None:
    with registry.let_in(_host(tmp_path, HOME="/home/ada"), "registry.example/shop", "") as environ:
        assert environ["DOCKER_CONFIG"] == "/home/ada/.docker"


def _host(tmp_path: Path, **environ: str) -> Host:
    return machine(tmp_path / "store", **environ)


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ToolError, match="working with Amazon's services needs boto3") as lacking:
        bucket.account({}, "ca-central-1", "", 10)
    assert "lockstep-ci[publish]" in lacking.value.remedy


def test_without_a_mirror_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no mirror is configured"):
        stores.bucket(_host(tmp_path), ReleaseConfig())
