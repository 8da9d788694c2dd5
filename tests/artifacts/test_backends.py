"""Which versions bind the backends of a build."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

import lockstep
from lockstep.artifacts.backends import Bound, bound, required

PINS = """\
# Ours.
flit-core==4.2.0 \\
    --hash=sha256:aa
flit-core==3.12.0 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
wheel==0.48.0 \\
    --hash=sha256:dd
"""
NEW = "flit-core==4.2.0 \\\n    --hash=sha256:aa\n"
OLD = "flit-core==3.12.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
WHEEL = "wheel==0.48.0 \\\n    --hash=sha256:dd\n"
SHIPPED = (Path(lockstep.__file__).parent / "artifacts" / "backends.txt").read_text()


@pytest.mark.parametrize(
    ("asked", "text", "loose"),
    [
        (["flit_core >=3.11,<4"], OLD + WHEEL, ()),
        (["Flit.Core>=3.11"], NEW + WHEEL, ()),
        ([], NEW + WHEEL, ()),
        (["flit-core<3"], WHEEL, ("flit-core<3",)),
        (["flit-core==2.3.0"], WHEEL, ()),
        (["flit-core==2.*"], WHEEL, ("flit-core==2.*",)),
        (["flit-core @ https://index.example/flit_core-5-py3-none-any.whl"], WHEEL, ()),
        (["flit-core>=3", "flit-core<4"], OLD + WHEEL, ()),
        (["plum>=1"], NEW + WHEEL, ("plum>=1",)),
        (["plum>=1 ; python_version < '3'"], NEW + WHEEL, ()),
        (["no requirement at all !"], NEW + WHEEL, ()),
    ],
)
def test_the_first_version_that_a_requirement_accepts_binds_it(
    asked: list[str], text: str, loose: tuple[str, ...]
) -> None:
    assert bound(PINS, asked) == Bound(text, loose)


@pytest.mark.parametrize(
    ("manifest", "asked"),
    [
        ({"build-system": {"requires": ["a", "b>1"]}}, ("a", "b>1")),
        ({"build-system": {}}, ("setuptools",)),
        ({}, ("setuptools",)),
        ({"build-system": {"requires": "a"}}, ()),
        ({"build-system": "a"}, ()),
    ],
)
def test_what_a_manifest_is_built_with(manifest: dict[str, object], asked: tuple[str, ...]) -> None:
    assert required(manifest) == asked


@pytest.mark.parametrize(
    "asked",
    [
        *("flit_core>=3.11,<4", "flit-core>=2,<3", "poetry-core>=1.0.0,<2.0.0", "poetry-core>=2,<3", "setuptools<81"),
        *("setuptools>=61", "setuptools<77", "setuptools<70", "hatchling<2", "pdm-backend<3", "maturin>=1,<2"),
        *("setuptools_scm[toml]>=8,<9", "setuptools-scm<10", "scikit-build-core<1", "uv_build>=0.6,<0.7"),
        *("uv_build>=0.7.3,<0.8", "uv_build>=0.8,<0.9", "uv_build>=0.9,<0.10", "uv_build>=0.10,<0.11"),
        *("uv_build>=0.11,<0.12", "uv_build>=0.12,<0.13", "uv_build>=0.13,<0.14"),
    ],
)
def test_what_projects_usually_ask_for_is_bound_as_shipped(asked: str) -> None:
    assert bound(SHIPPED, [asked]).loose == ()


@given(st.sets(st.sampled_from(["flit-core<4", "flit-core", "wheel<0.40", "setuptools<81", "uv-build<0.9", "plum"])))
def test_each_name_is_bound_once_to_what_is_asked(asked: set[str]) -> None:
    found = bound(SHIPPED, asked)
    heads = [line.split(" ")[0] for line in found.text.splitlines() if "==" in line]
    names = [head.split("==")[0] for head in heads]
    assert len(names) == len(set(names))
    wanted = {Requirement(each).name: Requirement(each) for each in asked}
    for name, version in (head.split("==") for head in heads):
        assert name not in wanted or wanted[name].specifier.contains(version)
    assert {Requirement(each).name for each in found.loose} == wanted.keys() - set(names)
