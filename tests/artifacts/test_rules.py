"""What must be true of an image, told from its layout."""

import pytest

from lockstep.artifacts import layout, rules
from tests.artifacts.packing import Store, image, tar

RIGHTLESS = {"User": "10001:10001"}
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n"


def broken(*layers: bytes, budget: int = 10, shell: bool = True, **settings: object) -> list[tuple[str, str]]:
    store = Store()
    (found,) = layout.images(image(store, *layers, **({"config": RIGHTLESS} | settings)), store.blobs)
    return [(each.rule, each.what) for each in rules.broken(found, store.blobs, budget=budget, shell=shell)]


def test_an_image_that_keeps_all_rules_breaks_none() -> None:
    assert broken(tar({"app/till.py": b"OPEN = True\n"}), shell=False) == []


@pytest.mark.parametrize("user", ["", "root", "0", "0:0", "root:root", "00"])
def test_an_image_may_not_run_as_root(user: str) -> None:
    assert broken(config={"User": user}) == [("image-root", user)]


def test_without_settings_an_image_runs_as_root() -> None:
    assert broken(config=None) == [("image-root", "")]


@pytest.mark.parametrize("user", ["10001", "nobody", "1:0", "rooty"])
def test_everybody_else_may_run(user: str) -> None:
    assert broken(config={"User": user}) == []


def test_layers_have_a_budget_together() -> None:
    half = tar({"big": b"x" * 600_000})
    assert broken(half, half, budget=1) == [("image-size", "")]
    assert broken(half, budget=1) == []


def test_a_shell_is_told_where_none_is_promised() -> None:
    layer = tar({"bin/sh": b"", "usr/bin/bash": b"", "usr/share/doc/sh": b"", "bin/": b""})
    assert broken(layer, shell=False) == [("image-shell", "bin/sh"), ("image-shell", "usr/bin/bash")]
    assert broken(layer) == []


def test_a_shell_that_a_later_layer_deletes_is_gone() -> None:
    below = tar({"./bin/sh": b"", "usr/bin/dash": b""})
    assert broken(below, tar({"bin/.wh.sh": b"", "usr/bin/.wh..wh..opq": b""}), shell=False) == []
    assert broken(below, tar({".wh.bin": b"", ".wh.usr": b""}), shell=False) == []


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"app/key.txt": KEY}, "app/key.txt"),
        ({"app/notes": b"ghp_" + b"a" * 36}, "app/notes"),
        ({"app/aws": b"id AKIA" + b"A" * 16}, "app/aws"),
        ({"root/.ssh/id_ed25519": b"x"}, "root/.ssh/id_ed25519"),
        ({"app/.env": b"DEBUG=1"}, "app/.env"),
        ({"root/.docker/config.json": b"{}"}, "root/.docker/config.json"),
    ],
)
def test_a_secret_in_a_layer_is_told(files: dict[str, bytes], what: str) -> None:
    assert broken(tar(files)) == [("image-secret", what)]


def test_a_secret_that_a_later_layer_deletes_is_still_there() -> None:
    assert broken(tar({"app/.env": b"A=1"}), tar({"app/.wh..env": b""})) == [("image-secret", "app/.env")]


@pytest.mark.parametrize(
    "files",
    [
        {"etc/ssl/cert.pem": b"-----BEGIN CERTIFICATE-----\nMIIB"},
        {"app/keys.py": b'MARK = "-----BEGIN PRIVATE KEY-----"\n'},
        {"app/.npmrc": b""},
        {"app/environment": b"TOKEN"},
        {"app/program": KEY + b"x" * 2_000_000},
    ],
)
def test_what_is_no_secret_is_none(files: dict[str, bytes]) -> None:
    assert broken(tar(files)) == []


def test_secrets_in_environment_labels_and_history_are_told() -> None:
    config = RIGHTLESS | {"Env": ["PATH=/bin", "API_TOKEN=abcdef123"], "Labels": {"db-password": "sesame42"}}
    history = [{"created_by": "RUN curl -H 'x: ghp_" + "a" * 36 + "'"}, {"created_by": "ENV PIP_PASSWORD=sesame"}, {}]
    assert broken(config=config, history=history) == [
        ("image-secret", "environment API_TOKEN"),
        ("image-secret", "labels db-password"),
        ("image-secret", "history a token"),
        ("image-secret", "history PIP_PASSWORD"),
    ]


def test_the_message_holds_no_secret() -> None:
    store = Store()
    named = image(store, config=RIGHTLESS | {"Env": ["API_TOKEN=abcdef123"]})
    (found,) = layout.images(named, store.blobs)
    assert "abcdef123" not in str(rules.broken(found, store.blobs, budget=1, shell=False))


@pytest.mark.parametrize("text", ["TOKEN_LIMIT=5", "PASSWORD=$PASSWORD", "API_KEY=", "GPG_KEY=E3FF2839C048B25C084D"])
def test_what_only_sounds_like_a_secret_is_none(text: str) -> None:
    assert broken(config=RIGHTLESS | {"Env": [text]}) == []
