"""Seals, look-ups and fingerprints."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.crypto import Keys, SealBroken

KEYS = Keys(b"k" * 32)


@given(st.lists(st.one_of(st.none(), st.text())))
def test_many_lookups_are_single_lookups(numbers: list[str | None]) -> None:
    """The fast way gives the HMAC of RFC 2104, byte for byte."""
    assert [
        None if each is None else each[:16].hex()
        for each in KEYS.lookups(None if n is None else n.encode() for n in numbers)
    ] == [None if n is None else KEYS.lookup(n) for n in numbers]


def test_seal_opens_only_where_it_was_made() -> None:
    """A sealed value copied to another column, or altered, does not open."""
    sealed = KEYS.seal(b"secret", b"death.nkt_nguyen_nhan_chet")

    assert KEYS.open(sealed, b"death.nkt_nguyen_nhan_chet") == b"secret"
    with pytest.raises(SealBroken):
        KEYS.open(sealed, b"birth.nks_ho_ten")
    with pytest.raises(SealBroken):
        KEYS.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), b"death.nkt_nguyen_nhan_chet")


def test_other_keys_see_nothing() -> None:
    """Look-ups and fingerprints of two scenarios have nothing in common."""
    other = Keys(b"o" * 32)

    assert KEYS.lookup("079000000001") != other.lookup("079000000001")
    assert KEYS.fingerprints([b"a"]) != other.fingerprints([b"a"])


def test_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    """The master key is made on first use, mode 0600, and stays."""
    first = Keys.from_file(tmp_path / "keys.json")

    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert Keys.from_file(tmp_path / "keys.json").lookup("1") == first.lookup("1")
