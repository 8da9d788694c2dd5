"""Pinning: a tag becomes the digest that is known, and nothing else in the file changes."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lockstep.config import PinsConfig
from lockstep.model.pins import ACTIONS
from lockstep.plugin.pinning import dockerfile, main, workflow

SHA, DIGEST = "a" * 40, f"sha256:{'b' * 64}"
KNOWN = PinsConfig(
    {"shop/pack@v4": SHA, "shop/flows/.github/workflows/ci.yml@main": SHA}, {"example.com/python:3": DIGEST}
)
IMAGE = f"example.com/python:3@{DIGEST}"


def steps(*lines: str) -> str:
    return "jobs:\n  a:\n    steps:\n" + "".join(f"      {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- uses: shop/pack@v4", f"- uses: shop/pack@{SHA}  # v4"),
        ("- uses: shop/pack/restore@v4", f"- uses: shop/pack/restore@{SHA}  # v4"),
        ("- uses:   'shop/pack@v4'  ", f"- uses:   'shop/pack@{SHA}'  # v4  "),
        ('- "uses": "shop/pack@v4"', f'- "uses": "shop/pack@{SHA}"  # v4'),
        ("- uses: shop/pack@v4 # packs é", f"- uses: shop/pack@{SHA}  # v4 # packs é"),
        ("- uses: shop/pack@v4  # v4", f"- uses: shop/pack@{SHA}  # v4"),
        ("- {uses: shop/pack@v4, id: a}", f"- {{uses: shop/pack@{SHA}, id: a}}"),
        ("- uses: docker://example.com/python:3 # x", f"- uses: docker://{IMAGE} # x"),
    ],
)
def test_what_is_known_is_pinned_and_the_tag_kept_in_a_comment(line: str, expected: str) -> None:
    assert workflow(steps(line), KNOWN) == steps(expected)


@pytest.mark.parametrize(
    "line",
    [
        "- uses: shop/other@v4",
        "- uses: shop/pack@v5",
        "- uses: shop/pack",
        "- uses: ./shop/pack@v4",
        f"- uses: shop/pack@{SHA} # v4",
        f"- uses: docker://{IMAGE}",
        "- uses: shop/pack@v4 # zizmor: ignore[unpinned-uses]",
        "- uses: &pack shop/pack@v4",
        '- uses: "shop\\/pack@v4"',
        "- uses: |\n          shop/pack@v4",
        "- run: |\n          uses: shop/pack@v4",
        "- run: 'uses: shop/pack@v4'",
        "- with: { uses: shop/pack@v4 }",
        "# - uses: shop/pack@v4",
        "- uses: [shop/pack@v4]",
        "- shop/pack@v4",
        "- uses:",
    ],
)
def test_everything_else_stays_as_it_is(line: str) -> None:
    assert workflow(steps(line), KNOWN) == steps(line)


def test_reusable_workflows_containers_services_and_actions_of_ones_own_are_pinned_too() -> None:
    called = "jobs:\n  a:\n    uses: shop/flows/.github/workflows/ci.yml@main\n"
    assert workflow(called, KNOWN) == called.replace("@main", f"@{SHA}  # main")
    job = (
        "jobs:\n  a:\n    container: example.com/python:3\n    services: { db: { image: 'example.com/python:3' } }\n"
        "  b:\n    container:\n      image: example.com/python:3\n"
    )
    assert workflow(job, KNOWN) == job.replace("example.com/python:3", IMAGE)
    composite = "runs:\n  using: composite\n  steps:\n    - uses: shop/pack@v4\n"
    assert workflow(composite, KNOWN) == composite.replace("@v4", f"@{SHA}  # v4")
    docker = "runs:\n  using: docker\n  image: docker://example.com/python:3\n"
    assert workflow(docker, KNOWN) == docker.replace("example.com/python:3", IMAGE)


def test_steps_that_stand_once_and_are_used_twice_are_pinned_once() -> None:
    text = "jobs:\n  a:\n    steps: &all\n      - uses: shop/pack@v4\n  b:\n    steps: *all\n"
    assert workflow(text, KNOWN) == text.replace("@v4", f"@{SHA}  # v4")


@pytest.mark.parametrize(
    "text", ["", "a", "[", "a: *b", "jobs: []", "- a\n---\n- b\n", "jobs: {a: &a [*a]}", "[" * 1500]
)
def test_what_is_no_workflow_stays_as_it_is(text: str) -> None:
    assert workflow(text, KNOWN) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM example.com/python:3 AS build\n", f"FROM {IMAGE} AS build\n"),
        ("from --platform=linux/arm64 example.com/python:3\r\n", f"from --platform=linux/arm64 {IMAGE}\r\n"),
        (
            "FROM \\\n # example.com/python:3\n  example.com/python:3\n",
            f"FROM \\\n # example.com/python:3\n  {IMAGE}\n",
        ),
        ("FROM a\nCOPY --from=example.com/python:3 /a /b\n", f"FROM a\nCOPY --from={IMAGE} /a /b\n"),
        (
            "FROM a\nRUN --mount=type=bind,from=example.com/python:3,target=/x true\n",
            f"FROM a\nRUN --mount=type=bind,from={IMAGE},target=/x true\n",
        ),
        ("ARG BASE=example.com/python:3\nFROM ${BASE}\n", f"ARG BASE={IMAGE}\nFROM ${{BASE}}\n"),
        ("ARG A=1 B='example.com/python:3' # é\nFROM $B\n", f"ARG A=1 B='{IMAGE}' # é\nFROM $B\n"),
    ],
)
def test_images_that_are_known_are_named_by_digest(text: str, expected: str) -> None:
    assert dockerfile(text, KNOWN) == expected


@pytest.mark.parametrize(
    "text",
    [
        "FROM example.com/python:4\n",
        f"FROM {IMAGE}\n",
        "FROM scratch AS example.com/python:3\nFROM example.com/python:3\n",
        "ARG TAG=3\nFROM example.com/python:${TAG}\n",
        "ARG TAG=3\nARG BASE=example.com/python:${TAG}\nFROM $BASE\n",
        "ARG BASE=example.com/python:3\nFROM $BASE\nFROM ${BASE}-slim\n",
        'FROM "example.com/python:3"\n',
        "RUN <<EOF\nFROM example.com/python:3\nEOF\n",
        "# FROM example.com/python:3\n",
    ],
)
def test_what_is_not_known_or_not_written_whole_stays_as_it_is(text: str) -> None:
    assert dockerfile(text, KNOWN) == text


_LINES = st.sampled_from(
    (
        *("- uses: shop/pack@v4", "- uses: 'shop/pack@v4' # é", "- uses: shop/other@v1", "- {uses: shop/pack@v4}"),
        *("- run: |\n          uses: shop/pack@v4", "- uses: docker://example.com/python:3", "# v4", "- name: x\x85"),
        *("FROM example.com/python:3", "COPY --from=example.com/python:3 a b", "ARG BASE=example.com/python:3"),
        *("FROM $BASE", "RUN echo \\", "RUN <<EOF", "EOF", f"FROM {IMAGE} AS build", "FROM build", "# é"),
    )
)
_TEXTS = st.tuples(st.lists(_LINES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))


@given(_TEXTS)
def test_nothing_but_references_changes_and_a_second_time_nothing_at_all(given: tuple[Sequence[str], str, str]) -> None:
    lines, end, mark = given
    for text, fixed in (
        (mark + steps(*lines).replace("\n", end), workflow),
        (mark + end.join(lines), dockerfile),
    ):
        made = fixed(text, KNOWN)
        assert fixed(made, KNOWN) == made
        undone = made.replace(f"@{SHA}  # v4", "@v4").replace(f"@{SHA}'  # v4", "@v4'").replace(f"@{SHA}", "@v4")
        assert undone.replace(f"@{DIGEST}", "") == text.replace(f"@{DIGEST}", "")


@given(_TEXTS)
def test_a_pinned_workflow_says_what_it_said(given: tuple[Sequence[str], str, str]) -> None:
    lines, end, mark = given
    text = mark + steps(*lines).replace("\n", end)
    try:
        meant = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    made = yaml.safe_load(workflow(text, KNOWN))
    assert str(made).replace(f"@{SHA}", "@v4").replace(f"@{DIGEST}", "") == str(meant).replace(f"@{DIGEST}", "")


@given(st.text("FROMARGCOPY <EOF=-\\`#\n$:{}@3'\" examplcoy/thn.:", max_size=120))
def test_any_dockerfile_is_left_whole(text: str) -> None:
    assert dockerfile(text, KNOWN).replace(f"@{DIGEST}", "") == text


def test_files_are_changed_in_place_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = os.fsdecode(b"caf\xe9")
    (tmp_path / "lockstep.toml").write_text(f'[pins.images]\n"example.com/python:3" = "{DIGEST}"\n', encoding="utf-8")
    (tmp_path / name).write_bytes(b"# \xe9\xff\r\nFROM example.com/python:3\r\n")
    (tmp_path / "ci.yml").write_bytes("# é\r\njobs: {a: {steps: [{uses: actions/checkout@v4}]}}\r\n".encode())
    monkeypatch.chdir(tmp_path)
    main(["dockerfiles", name])
    main(["workflows", "ci.yml"])
    assert (tmp_path / name).read_bytes() == b"# \xe9\xff\r\nFROM " + IMAGE.encode() + b"\r\n"
    sha = ACTIONS["actions/checkout@v4"]
    pinned = f"# é\r\njobs: {{a: {{steps: [{{uses: actions/checkout@{sha}}}]}}}}\r\n"
    assert (tmp_path / "ci.yml").read_bytes() == pinned.encode()


def test_what_needs_no_pin_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\n", encoding="utf-8")
    (tmp_path / "Dockerfile").chmod(0o444)
    before = (tmp_path / "Dockerfile").stat()
    monkeypatch.chdir(tmp_path)
    main(["dockerfiles", "Dockerfile"])
    assert (tmp_path / "Dockerfile").stat().st_mtime_ns == before.st_mtime_ns


def test_afterwards_it_becomes_the_program_that_is_named(tmp_path: Path) -> None:
    argv = (sys.executable, "-m", "lockstep.plugin.pinning", "workflows", "--", sys.executable, "-c", "print('then')")
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "then\n"
