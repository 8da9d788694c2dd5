"""Readers of what files say: nothing that they may hold is an error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.workspace import formats, references
from lockstep.workspace.formats import Format
from lockstep.workspace.references import READERS, How, Reference

_WORDS = st.sampled_from(
    [
        *(
            "[tool.uv.sources]",
            "[project]",
            "[tool.poetry]",
            "path",
            "=",
            "{",
            "}",
            "[",
            "]",
            '"',
            "'",
            ".",
            "..",
            "/",
            ",",
        ),
        *(
            "COPY",
            "ADD",
            "RUN",
            "--mount=",
            "--from=x",
            "type=bind",
            "source=",
            "from=",
            "\\\n",
            "\n",
            " ",
            "<<EOF",
            "$X",
        ),
        *("-e", "-r", "file:", "file:///", "@", "#", ";", "$ref:", ":", "source", "module", "\x00", "\xe9", "-", "a/b"),
    ]
)
_LIKELY = st.lists(_WORDS, max_size=30).map("".join).map(str.encode)


@pytest.mark.parametrize("format_", READERS)
@given(data=st.binary() | _LIKELY)
def test_any_bytes_give_references_with_a_target(format_: Format, data: bytes) -> None:
    for found in READERS[format_](data):
        assert isinstance(found, Reference)
        assert isinstance(found.target, str)


@given(
    st.dictionaries(
        st.sampled_from(["project", "tool", "dependencies", "workspaces", "name"]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "path", "uv", "sources"]), inner)
            ),
        ),
    )
)
def test_any_json_gives_references(value: object) -> None:
    list(references.of("package.json", json.dumps(value).encode()))


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[", b"[a]\n[a]", b"x = " + b"[" * 5000])
def test_what_is_no_toml_is_an_empty_table(data: bytes) -> None:
    assert references.table(data) == {}


@pytest.mark.parametrize("data", [b"", b"[1]", b"{", b"3", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_object_is_an_empty_one(data: bytes) -> None:
    assert references.json_object(data) == {}


def of(path: str, text: str) -> set[tuple[How, str]]:
    return {(found.how, found.target) for found in references.of(path, text.encode())}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"dependencies": {"a": "file:../a", "b": "^1"}}', {(How.PATH, "../a"), (How.NODE, "b")}),
        ('{"devDependencies": {"a": "link:../a"}}', {(How.PATH, "../a")}),
        ('{"peerDependencies": {"a": "portal:../a"}}', {(How.PATH, "../a")}),
        ('{"optionalDependencies": {"a": "workspace:../a"}}', {(How.PATH, "../a")}),
        ('{"dependencies": {"a": "workspace:*", "b": 3}}', {(How.NODE, "a"), (How.NODE, "b")}),
        ('{"dependencies": ["a"]}', set()),
    ],
)
def test_node_packages(text: str, found: set[tuple[How, str]]) -> None:
    assert of("package.json", text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("COPY --from=build /app /app", set()),
        ("COPY ${SRC} libs/a /app/", {(How.CONTEXT, "libs/a")}),
        ("ADD https://example.com/x.tar /app", set()),
        ('COPY ["libs/a b", "/app"]', {(How.CONTEXT, "libs/a b")}),
        ('COPY ["libs/a", /app]', set()),
        ("COPY <<EOF /app/x\nhello\nEOF", set()),
        ("RUN --mount=type=bind,src=libs/a,target=/a make", {(How.CONTEXT, "libs/a")}),
        ("RUN --mount=type=cache,source=libs/a make", set()),
        ("RUN --mount=type=bind,source=a,from=build make", set()),
        ("RUN --mount=target=/x make", set()),
        ("FROM python", set()),
    ],
)
def test_images(text: str, found: set[tuple[How, str]]) -> None:
    assert of("Dockerfile", text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("requests==2", set()),
        ("-e git+https://example.com/x.git", set()),
        ("-c constraints.txt", {(How.PATH, "constraints.txt")}),
        ("a @ https://example.com/a.whl", set()),
        ("a @ file:///abs/a", set()),
        ("file:../a", {(How.PATH, "../a")}),
        ("../a \\\n  --hash=sha256:00 # own", {(How.PATH, "../a")}),
    ],
)
def test_requirements(text: str, found: set[tuple[How, str]]) -> None:
    assert of("requirements.txt", text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[project]\ndependencies = ['Common.Lib>=1']", {(How.LISTED, "common-lib")}),
        ("[project]\ndependencies = ['-e ../a', '', '=']", {(How.PATH, "../a")}),
        ("[project.optional-dependencies]\nx = ['a']", {(How.LISTED, "a")}),
        ("[build-system]\nrequires = ['hatchling']", {(How.LISTED, "hatchling")}),
        ("[tool.uv]\ndev-dependencies = ['a']", {(How.LISTED, "a")}),
        ("[tool.pdm.dev-dependencies]\nx = ['-e file:///${PROJECT_ROOT}/../a']", {(How.PATH, "../a")}),
        ("[tool.uv.sources]\na = { git = 'https://example.com/a' }", set()),
        ("[tool.poetry.dev-dependencies]\na = '^1'", set()),
        ("tool = 3", set()),
    ],
)
def test_python_manifests(text: str, found: set[tuple[How, str]]) -> None:
    assert of("pyproject.toml", text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{'$ref': '#/a'}", set()),
        ("$ref: https://example.com/a.yaml", set()),
        ("$ref: a.yaml#/b", {(How.PATH, "a.yaml")}),
        ("nothing", set()),
    ],
)
def test_schemas(text: str, found: set[tuple[How, str]]) -> None:
    assert of("schemas/x.yaml", text) == found


@pytest.mark.parametrize(
    ("path", "format_"),
    [
        ("a/Dockerfile", Format.DOCKERFILE),
        ("a/web.dockerfile", Format.DOCKERFILE),
        ("Containerfile.dev", Format.DOCKERFILE),
        ("Dockerfile.dockerignore", None),
        ("dockerfile.py", None),
        ("dockerfile.rego", None),
        ("Dockerfile.py", Format.DOCKERFILE),
        ("dockerfile.yaml", Format.SCHEMA),
        ("requirements/base.txt", Format.REQUIREMENTS),
        ("constraints.txt", Format.REQUIREMENTS),
        ("notes.txt", None),
        ("package-lock.json", None),
        ("setup.cfg", Format.SETUP),
        ("main.tf.json", Format.TERRAFORM),
        ("main.tofu", Format.TERRAFORM),
        ("x.yml", Format.SCHEMA),
        ("LICENSE", None),
    ],
)
def test_formats_are_told_by_names(path: str, format_: Format | None) -> None:
    assert formats.of(path) is format_
