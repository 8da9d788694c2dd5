"""The images that a Dockerfile rests on."""

import pytest

from lockstep.artifacts import bases

PIN = "@sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"FROM python{PIN}\n", [f"python{PIN}"]),
        ("from --platform=$BUILDPLATFORM python:3 as build\nFROM build\n", ["python:3"]),
        ("FROM scratch\nCOPY --from=tools:1 /x /x\nCOPY --chmod=755 --from=0 /y /y\n", ["tools:1"]),
        ("ARG BASE\nFROM ${BASE}\n", ["shop/base:2"]),
        ("ARG BASE=debian\nFROM $BASE\n", ["shop/base:2"]),
        ("ARG OTHER=debian\nFROM ${OTHER}:12\nFROM debian:12\n", ["debian:12"]),
        ("ARG WHO\nFROM ${WHO:-x}\n", ["${WHO:-x}"]),
        ("# FROM nothing\nRUN echo FROM\n", []),
    ],
)
def test_images_are_named_with_arguments_filled_in(text: str, found: list[str]) -> None:
    assert list(bases.named(text, {"BASE": "shop/base:2"})) == found


def test_arguments_that_nobody_gave_are_told() -> None:
    assert bases.unknown(bases.named("ARG BASE\nFROM ${BASE}\nFROM $BASE:2\n", {})) == ("BASE",)
    assert bases.unknown(["debian:12"]) == ()


def test_images_without_a_digest_are_loose() -> None:
    assert bases.loose([f"a{PIN}", "b:2"]) == ("b:2",)


@pytest.mark.parametrize(
    ("image", "source"),
    [
        (f"python:3{PIN}", f"docker-image://mirror.example/hub/library/python:3{PIN}"),
        (f"shop/till{PIN}", f"docker-image://mirror.example/hub/shop/till{PIN}"),
        (f"quay.example/shop/till{PIN}", f"docker-image://mirror.example/quay/shop/till{PIN}"),
        (f"localhost/till{PIN}", ""),
        (f"other.example:5000/till{PIN}", ""),
        ("python:3", ""),
    ],
)
def test_an_image_with_a_digest_comes_through_its_registrys_mirror(image: str, source: str) -> None:
    mirrors = {"docker.io": "mirror.example/hub", "quay.example": "mirror.example/quay"}
    assert bases.contexts([image], mirrors) == ({image: source} if source else {})
