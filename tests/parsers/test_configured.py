"""Which file configures which tool: the nearest one that really does."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.parsers import configured


def of(folder: str, files: Mapping[str, bytes]) -> dict[str, str]:
    return dict(configured.of(folder, files, files.__getitem__))


def test_the_nearest_file_configures_a_tool() -> None:
    files = dict.fromkeys((".yamllint", "services/.yamllint.yml", "services/a/x.yaml", "libs/.yamllint"), b"")
    assert of("services/a", files) == {"yamllint": "services/.yamllint.yml"}
    assert of("services", files) == {"yamllint": "services/.yamllint.yml"}
    assert of(".", files) == {"yamllint": ".yamllint"}
    assert of("other/deep", files) == {"yamllint": ".yamllint"}


def test_within_a_folder_the_tools_own_order_decides() -> None:
    files = {"ruff.toml": b"", ".ruff.toml": b"", "pyproject.toml": b"[tool.ruff]\n"}
    assert of(".", files)["ruff"] == ".ruff.toml"


@pytest.mark.parametrize(
    ("tool", "files", "expected"),
    [
        ("black", {"pyproject.toml": b"[tool.black]\n"}, "pyproject.toml"),
        ("black", {"pyproject.toml": b"[tool.ruff]\n"}, ""),
        ("black", {"a/pyproject.toml": b"[project]\n", "pyproject.toml": b"[tool.black]\n"}, "pyproject.toml"),
        ("ruff", {"a/pyproject.toml": b"[tool.ruff.lint]\n"}, "a/pyproject.toml"),
        ("mypy", {"setup.cfg": b"[metadata]\n[mypy]\n"}, "setup.cfg"),
        ("mypy", {"setup.cfg": b"[mypy-somebody.*]\n"}, ""),
        ("zizmor", {".github/zizmor.yml": b""}, ".github/zizmor.yml"),
        ("shellcheck", {"a/.shellcheckrc": b""}, "a/.shellcheckrc"),
        ("eslint", {"a/eslint.config.mjs": b""}, "a/eslint.config.mjs"),
    ],
)
def test_a_shared_file_configures_only_the_tools_that_it_names(
    tool: str, files: Mapping[str, bytes], expected: str
) -> None:
    assert of("a", files).get(tool, "") == expected


@pytest.mark.parametrize("broken", [b"\xff", b"[tool", b"tool = 1", b"x = " + b"[" * 5000])
def test_a_file_that_cannot_be_read_configures_nothing(broken: bytes) -> None:
    assert of(".", {"pyproject.toml": broken}) == {}


def test_only_files_that_are_shared_are_read() -> None:
    files = dict.fromkeys(configured.NAMES, b"")

    def read(path: str) -> bytes:
        assert path in configured.READ
        return files[path]

    assert dict(configured.of(".", files, read)).keys() == configured.CANDIDATES.keys() - {"black"}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a/ruff.toml", 'extend = "../base/ruff.toml" # ours\n', "base/ruff.toml"),
        ("a/pyproject.toml", '[tool.ruff]\nextend="../base/ruff.toml"\n', "base/ruff.toml"),
        ("a/.yamllint", "extends: base.yaml\n", "a/base.yaml"),
        ("a/.yamllint", "ignore-from-file: [.gitignore, .other]\n", "a/.gitignore"),
        ("a/biome.json", '{"extends": [\n  "./base.json",\n  "@shop/biome"\n]}', "a/base.json"),
        ("a/tsconfig.json", '{"extends":"../base/tsconfig"}', "base/tsconfig.json"),
        ("a/eslint.config.mjs", 'import base from "../base/eslint.js";\n', "base/eslint.js"),
        ("a/eslint.config.cjs", "const base = require('../base/eslint');\n", "base/eslint.js"),
        ("a/ruff.toml", 'extend-exclude = ["old.toml"]\n', ""),
        ("a/ruff.toml", 'extend = "ruff.toml"\n', ""),
        ("a/ruff.toml", 'extend = "/etc/ruff.toml"\nline-length = 100\n', ""),
    ],
)
def test_what_a_configuration_extends_is_found(path: str, text: str, expected: str) -> None:
    others = ("base/ruff.toml", "base/tsconfig.json", "base/eslint.js", "a/base.yaml", "a/base.json", "a/.gitignore")
    files = {**dict.fromkeys((*others, "a/old.toml"), b""), path: text.encode()}
    assert configured.extended(path, files, files.__getitem__) == ((expected,) if expected else ())


def test_what_is_extended_extends_others_and_circles_end() -> None:
    files = {"a.toml": b'extend = "b.toml"', "b.toml": b'extend = "c.toml"', "c.toml": b'extend = "a.toml"'}
    assert configured.extended("a.toml", files, files.__getitem__) == ("b.toml", "c.toml")


@given(st.binary())
def test_any_bytes_extend_something_or_nothing(data: bytes) -> None:
    assert configured.extended("a.toml", {"a.toml": data}, lambda _: data) == ()


@given(st.binary(), st.sampled_from(sorted(configured.READ)))
def test_any_bytes_are_answered(data: bytes, name: str) -> None:
    assert all(path == f"a/{name}" for path in of("a/b", {f"a/{name}": data}).values())
