"""Where Terraform's providers are on a machine, and what stands for them in keys."""

import os
from pathlib import Path

import pytest

from lockstep.engine import providers


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    (folder / "registry.example/a/b").mkdir(parents=True)
    (folder / "registry.example/a/b/one.zip").write_bytes(b"one")
    return folder


def test_without_any_there_is_no_place(tmp_path: Path) -> None:
    token = providers.look({"HOME": str(tmp_path)}, tmp_path, "")
    assert token.place == ""
    assert token.digest


def test_lockstep_toml_comes_first_and_starts_at_the_repositorys_root(tmp_path: Path, mirror: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    environ = {"HOME": str(tmp_path), "TF_PLUGIN_CACHE_DIR": str(other)}
    assert providers.look(environ, tmp_path, "mirror").place == str(mirror)
    assert providers.look(environ, tmp_path, str(mirror)).place == str(mirror)
    assert providers.look(environ, tmp_path, "~/mirror").place == str(mirror)
    assert providers.look(environ, tmp_path, "nowhere").place == str(other)


@pytest.mark.parametrize(
    "text",
    [
        'provider_installation {\n  filesystem_mirror {\n    path    = "$HOME/mirror"\n  }\n}\n',
        'disable_checkpoint = true\nplugin_cache_dir = "~/mirror"\n',
    ],
)
@pytest.mark.parametrize("name", [".terraformrc", ".tofurc", "elsewhere.rc"])
def test_the_machines_own_configuration_names_a_folder(tmp_path: Path, mirror: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text)
    environ = {"HOME": str(tmp_path)}
    if name == "elsewhere.rc":
        environ["TF_CLI_CONFIG_FILE"] = str(tmp_path / name)
    assert providers.look(environ, tmp_path, "").place == str(mirror)


def test_the_digest_follows_what_is_in_the_folder(tmp_path: Path, mirror: Path) -> None:
    def digest() -> str:
        return providers.look({"HOME": "/nowhere"}, tmp_path, "mirror").digest

    first = digest()
    assert digest() == first
    os.utime(mirror / "registry.example/a/b/one.zip", (1, 1))
    touched = digest()
    (mirror / "registry.example/a/b/two.zip").write_bytes(b"two")
    assert len({first, touched, digest()}) == 3
