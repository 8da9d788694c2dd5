import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.plugin import lockstep_trivy
from lockstep.plugin.lockstep_trivy import rooted, unpinned

MEMBERS = '[manifest]\nmembers = [\n    "common",\n    "till",\n]\n'


def package(name: str, source: str) -> str:
    return f'\n[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ {source} }}\n'


def roots(text: str) -> list[dict[str, Any]]:
    found = tomllib.loads(text)["package"]
    return [each for each in found if "." in each["source"].values()]


@pytest.mark.parametrize("source", ['virtual = "services/till"', 'virtual = "."', 'editable = "."'])
def test_a_workspace_has_one_root_that_needs_every_member(source: str) -> None:
    text = MEMBERS + package("common", 'editable = "libs/common"') + package("till", source)
    (root,) = roots(rooted(text))
    assert root["dependencies"] == [{"name": "common"}, {"name": "till"}]
    assert [each["name"] for each in tomllib.loads(rooted(text))["package"]] == ["common", "till", "lockstep-workspace"]


def test_no_line_moves() -> None:
    text = MEMBERS + package("till", 'virtual = "."')
    before, after = text.splitlines(), rooted(text).splitlines()
    assert [line for line, other in zip(before, after, strict=False) if line != other] == ['source = { virtual = "." }']


@pytest.mark.parametrize(
    "text",
    ["", package("till", 'virtual = "."'), "no = toml = at all", "manifest = 3", "[manifest]\nmembers = [1]\n"],
    ids=["empty", "one project", "no TOML", "no table", "no names"],
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert rooted(text) == text


@given(st.text(max_size=60))
def test_any_text_stays_readable_or_as_it_is(text: str) -> None:
    assert rooted(text).startswith(text)


def test_the_copies_are_rewritten_and_the_program_takes_over(tmp_path: Path) -> None:
    lock = tmp_path / "services" / "uv.lock"
    lock.parent.mkdir()
    lock.write_bytes((MEMBERS + package("till", 'virtual = "x"')).encode() + b"# \xff\n")
    code = "import sys; print(sys.argv[1]); sys.exit(7)"
    argv = (sys.executable, lockstep_trivy.__file__, str(tmp_path), sys.executable, "-c", code, "fs")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "fs\n")
    assert b'# \xff\n\n[[package]]\nname = "lockstep-workspace"' in lock.read_bytes()


REQUIREMENTS = """# comment
requests==2.32.3
flask>=3
django
jinja2[i18n] == 3.1.6 ; python_version >= "3.11"
attrs==25.*
--index-url https://packages.example/simple
-r other.txt
-e ./libs/common
./libs/common
https://packages.example/x-1.0.whl
numpy==2.3.4 \\
    --hash=sha256:00
till @ https://packages.example/till-1.0.whl
  rich ~= 14.0  # nice
"""


def test_requirements_without_one_version_are_named() -> None:
    assert list(unpinned(REQUIREMENTS)) == [(3, "flask"), (4, "django"), (6, "attrs"), (14, "till"), (15, "rich")]


@given(st.text(max_size=60))
def test_any_text_has_requirements_or_none(text: str) -> None:
    assert all(line >= 1 and name for line, name in unpinned(text))
