"""The policy's file: what it says, what it cannot mean, and its published schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lockstep.errors import ConfigError
from lockstep.evidence import policy
from lockstep.evidence.policy import load, parse
from tests.evidence.making import World, cast, pem

_VALIDATOR = jsonschema.Draft202012Validator(json.loads(policy.SCHEMA.read_bytes()))
_TOML = """
version = 1
source = "https://git.example/shop"
builders = ["https://ci.example/builder"]
signers = [{ name = "ci", key = "ci.pub", until = 2026-12-31 }]
gates = { required = ["lint"] }
"""


def _no_file(name: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", name)


def _parsed(value: dict[str, Any]) -> policy.Loaded:
    return parse(json.dumps(value).encode(), "policy.json", _no_file)


def test_the_published_schema_is_that_of_the_policy() -> None:
    assert policy.SCHEMA.read_bytes() == policy.schema()


def test_what_the_schema_takes_the_policy_takes(world: World) -> None:
    _VALIDATOR.validate(world.policy)
    assert _parsed(world.policy).policy.source == "https://git.example/shop"


def test_a_policy_in_toml_names_a_key_beside_it(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(_TOML)
    (tmp_path / "ci.pub").write_text(pem(cast().ci))
    loaded = load(tmp_path / "policy.toml")
    assert [(each.signer.name, each.key) for each in loaded.keys] == [("ci", cast().ci.public)]
    assert loaded.policy.gates.oldest("lint") == 168


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"signers": []},
        {"builders": []},
        {"gates": {"required": []}},
        {"gates": {"required": ["lint"], "max_age": 0}},
        {"forbidden": ["grave"]},
        {"unknown": 1},
        {"signers": [{"name": "ci", "key": "x", "signs": ["everything"]}]},
        {"signers": [{"name": "ci", "key": "x", "signs": []}]},
        {"signers": [{"name": "ci", "key": "x", "builders": []}]},
        {"signers": [{"name": "ci", "key": "x", "repository": ""}]},
        {"signers": [{"name": "ci", "key": "x", "Signs": ["gate"]}]},
        {"trusted_root": ""},
    ],
)
def test_what_cannot_be_meant_neither_schema_nor_policy_takes(world: World, change: dict[str, Any]) -> None:
    value = world.policy | change
    assert not _VALIDATOR.is_valid(value)
    with pytest.raises(ConfigError, match=r"policy\.json is no policy"):
        _parsed(value)


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        ({"name": "a"}, "not clear"),
        ({"name": "a", "identity": "https://ci.example"}, "not clear"),
        ({"name": "a", "key": "k", "issuer": "https://oidc.example"}, "not clear"),
        ({"name": "a", "key": "k", "identity": "x", "issuer": "y"}, "not clear"),
        ({"name": "a", "key": "k", "repository": "https://git.example/shop"}, "not clear"),
        ({"name": "a", "key": "k", "until": "2026-12-31T00:00:00"}, "is no policy"),
        ({"name": "a", "key": "nowhere.pub"}, "cannot read the key"),
        ({"name": "a", "key": "-----BEGIN PUBLIC KEY-----"}, "no key that can be used"),
        ({"name": "a", "identity": "x", "issuer": "y", "from": "2026-02-01", "until": "2026-01-01"}, "ended before"),
    ],
)
def test_a_signer_that_is_not_clear_is_told(world: World, signer: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        _parsed(world.policy | {"signers": [signer]})


def test_an_age_of_a_gate_that_is_not_asked_for_is_told(world: World) -> None:
    gates = world.policy["gates"] | {"max_age_of": {"trivvy": 1}}
    with pytest.raises(ConfigError, match="an age to a gate") as raised:
        _parsed(world.policy | {"gates": gates})
    assert raised.value.why.startswith("trivvy is not required")


def test_two_signers_of_one_name_are_told(world: World) -> None:
    with pytest.raises(ConfigError, match="two signers are called ci"):
        _parsed(world.policy | {"signers": world.policy["signers"][:1] * 2})


def test_a_signer_speaks_for_all_builders_or_for_its_own(world: World) -> None:
    signers = [
        world.policy["signers"][0],
        world.policy["signers"][1] | {"builders": ["https://b.example", "https://x.example"]},
    ]
    found = _parsed(world.policy | {"signers": signers, "builders": ["https://a.example", "https://b.example"]}).policy
    assert found.builders_of("ci") == ("https://a.example", "https://b.example")
    assert found.builders_of("old") == ("https://b.example",)


def test_a_key_given_twice_is_told() -> None:
    with pytest.raises(ConfigError, match="no policy") as raised:
        parse(b'{"version":1,"version":1}', "policy.json", _no_file)
    assert "twice" in raised.value.why


def test_a_policy_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the policy"):
        load(tmp_path / "policy.toml")
