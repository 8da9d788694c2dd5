"""Signing keys that cannot be used."""

from pathlib import Path

import pytest

from lockstep.errors import ConfigError
from lockstep.evidence import signing


def test_a_key_that_is_none_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    path.write_text("no key")
    with pytest.raises(ConfigError, match="the signing key cannot be used") as raised:
        signing.load(path, {})
    assert (raised.value.where, signing.PASSWORD in raised.value.remedy) == (str(path), True)
