"""Which images of a Dockerfile are named by digest, and on which line those stand that are not."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.plugin.dockerfile import Image, instructions, loose

DIGEST = f"sha256:{'0' * 64}"


def places(images: Iterable[Image]) -> list[tuple[int, str]]:
    return [(image.line, image.name) for image in images]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM python:3.12\n", [(1, "python:3.12")]),
        ("FROM python\n", [(1, "python")]),
        (f"FROM python:3.12@{DIGEST}\n", []),
        (f"FROM python@{DIGEST}\n", []),
        ("FROM python@sha256:0123\n", [(1, "python@sha256:0123")]),
        (f"from --platform=linux/arm64 python@{DIGEST} as build\nFROM build\n", []),
        ("FROM --platform=linux/arm64 python:3 AS build\n", [(1, "python:3")]),
        ("FROM scratch\n", []),
        ("FROM base\n", [(1, "base")]),
        ("FROM base AS base\n", [(1, "base")]),
    ],
)
def test_a_base_image_is_named_by_digest(text: str, expected: list[tuple[int, str]]) -> None:
    assert places(loose(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG BASE\nFROM ${BASE}\n", []),
        ("ARG BASE\nFROM $BASE\n", []),
        (f"ARG BASE=python@{DIGEST}\nFROM ${{BASE}}\n", []),
        (f'ARG A=1 BASE="python@{DIGEST}"\nFROM $BASE\n', []),
        ("ARG BASE=python:3\nFROM ${BASE}\n", [(2, "python:3")]),
        ("FROM ${BASE:-python:3}\n", [(1, "python:3")]),
        ("ARG TAG=3\nFROM python:$TAG\n", [(2, "python:3")]),
        ("FROM python:${TAG}\n", [(1, "python:${TAG}")]),
        ("FROM ${REGISTRY}/python\n", [(1, "${REGISTRY}/python")]),
        ("FROM python@${DIGEST}\n", []),
        (f"FROM a@{DIGEST} AS a\nARG BASE=b:1\nFROM $BASE\n", []),
    ],
)
def test_a_variable_without_a_default_is_given_to_the_build(text: str, expected: list[tuple[int, str]]) -> None:
    assert places(loose(text)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("COPY --from=build /a /b", []),
        ("COPY --from=BUILD /a /b", []),
        ("COPY --from=0 /a /b", []),
        ("COPY --from=1 /a /b", [(2, "1")]),
        ("COPY --chown=1 --from=tools:1 /a /b", [(2, "tools:1")]),
        ("RUN --mount=type=bind,from=tools:1,target=/x true", [(2, "tools:1")]),
        ("RUN --mount=type=bind,from=build,target=/x true", []),
        ("RUN echo COPY --from=tools:1", []),
    ],
)
def test_images_that_files_come_from_are_named_by_digest(line: str, expected: list[tuple[int, str]]) -> None:
    assert places(loose(f"FROM a@{DIGEST} AS build\n{line}\n")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# FROM a:1\n",
        "RUN <<EOF\nFROM a:1\nEOF\n",
        "RUN <<-'EOF' && cat <<B\nEOF\nFROM a:1\nB\n",
        "RUN echo \\\n  # a comment\n  FROM a:1\n",
        "# escape=`\nRUN dir `\nFROM a:1\n",
        "RUN echo \x0c\n# \u2028FROM a:1\n",
        "",
    ],
)
def test_what_is_no_instruction_names_no_image(text: str) -> None:
    assert places(loose(text)) == []


def test_an_instruction_is_where_it_starts() -> None:
    text = "\n# syntax=docker/dockerfile:1\nFROM \\\n\n  a:1 \\\n  AS b\nRUN <<EOF\nx\nEOF\nCOPY --from=c:1 a b"
    assert places(loose(text)) == [(3, "a:1"), (10, "c:1")]


@given(st.text("FROMRUNCOPY <EOF=-\\`#\n$:{}@", max_size=80))
def test_any_text_is_answered(text: str) -> None:
    lines = text.count("\n") + 1
    assert all(1 <= each.line <= lines for each in instructions(text))
    assert all(1 <= each.line <= lines for each in loose(text))
