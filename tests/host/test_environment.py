"""What tools see of the machine, and what nobody may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockstep.host.environment import cleared, for_installers, for_registries, masked, secrets


def test_a_tools_environment_holds_nothing_of_the_machine() -> None:
    env = cleared(["/store/a/bin", "/store/b/bin"], "/scratch/home", "/scratch/tmp")
    assert env["PATH"] == "/store/a/bin:/store/b/bin:/usr/local/bin:/usr/bin:/bin"
    assert (env["HOME"], env["TMPDIR"], env["TZ"]) == ("/scratch/home", "/scratch/tmp", "UTC")
    assert not {name for name in env if "TOKEN" in name or name == "CI"}


def test_an_installer_sees_indexes_proxies_and_certificates_and_nothing_else() -> None:
    seen = {
        "PATH": "/bin",
        "HOME": "/home/ada",
        "HTTPS_PROXY": "http://proxy.example.com",
        "SSL_CERT_FILE": "/etc/ssl/ca.pem",
        "PIP_INDEX_URL": "https://packages.example.com/simple",
        "UV_INDEX_URL": "https://packages.example.com/simple",
        "NPM_CONFIG_REGISTRY": "https://packages.example.com/npm",
        "npm_config_registry": "https://packages.example.com/npm",
        "GOPROXY": "https://packages.example.com/go",
    }
    hidden = {"DEPLOY_TOKEN": "x", "PYTHONPATH": "/x", "CI": "true", "LD_PRELOAD": "/x"}
    # Names that only begin alike.
    hidden |= {"GOOGLE_API_KEY": "x", "PIPELINE_ID": "x", "UVICORN_PORT": "1", "GOFLAGS": "-tags=x", "GOARCH": "wasm"}
    assert for_installers({**seen, **hidden}) == seen


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DEPLOY_TOKEN", "hunter2-hunter2", True),
        ("db_password", "correct horse", True),
        ("AWS_SECRET_ACCESS_KEY", "abcdefgh", True),
        ("API_KEY", "short", False),
        ("SSH_AUTH_SOCK", "/run/agent", False),
        ("PATH", "/usr/bin:/bin", False),
    ],
)
def test_variables_are_secret_by_their_names(name: str, value: str, secret: bool) -> None:  # noqa: FBT001 - a table
    assert secrets({name: value}) == ((value.encode(),) if secret else ())


def test_a_secret_inside_a_longer_one_leaves_nothing_of_it() -> None:
    known = secrets({"A_TOKEN": "abcdef", "B_TOKEN": "abcdef-and-more"})
    assert masked(b"x abcdef-and-more y abcdef z", known) == b"x *** y *** z"


@given(st.binary(min_size=6, max_size=12).filter(lambda secret: b"*" not in secret), st.binary(), st.binary())
def test_a_known_secret_is_never_left(secret: bytes, before: bytes, after: bytes) -> None:
    assert secret not in masked(before + secret + after, [secret])


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "a" * 36,
        "github_pat_" + "b" * 60,
        "AKIA" + "C" * 16,
        "glpat-" + "d" * 20,
        "npm_" + "e" * 36,
        "xoxb-" + "1" * 12,
        "eyJ" + "f" * 20 + ".eyJ" + "g" * 20 + ".c2lnbmF0dXJl-_",
    ],
)
def test_tokens_of_well_known_kinds_are_masked_wherever_they_stand(token: str) -> None:
    assert masked(f"key={token};".encode(), ()) == b"key=***;"


def test_the_user_and_password_of_an_address_are_masked() -> None:
    assert masked(b"https://ada:secret@example.com/x", ()) == b"https://***@example.com/x"
    assert masked(b"https://example.com:443/x", ()) == b"https://example.com:443/x"


def test_a_client_of_registries_sees_proxies_certificates_and_dockers_place() -> None:
    assert for_registries({"HOME": "/home/ada", "HTTPS_PROXY": "http://proxy.example.com", "DEPLOY_TOKEN": "x"}) == {
        "DOCKER_CONFIG": "/home/ada/.docker",
        "HTTPS_PROXY": "http://proxy.example.com",
    }
    assert for_registries({"HOME": "/home/ada", "DOCKER_CONFIG": "/etc/docker"}) == {"DOCKER_CONFIG": "/etc/docker"}
    assert for_registries({}) == {}
