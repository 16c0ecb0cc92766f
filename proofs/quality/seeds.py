"""Which cities are marked: the usual one, and some that nobody chose.

An unseen seed is drawn from a sentence, so that none can be picked for its good manners: the
SHA-256 of `SENTENCE`, cut in words of four bytes, big end first.
"""

from __future__ import annotations

import hashlib

USUAL = 1
"""`HUB_SEED` of a plain `make run`; the rules were written with this city at hand."""
SENTENCE = "Một Lần, quality proof: five seeds that no rule has seen."
MOST = 8


def unseen(count: int) -> list[int]:
    """The first `count` unseen seeds. Raises ValueError beyond `MOST`: the sentence gives no more."""
    if not 0 <= count <= MOST:
        raise ValueError(f"{count} unseen seeds asked for; the sentence gives 0 to {MOST}")
    digest = hashlib.sha256(SENTENCE.encode()).digest()
    return [int.from_bytes(digest[4 * i : 4 * i + 4], "big") for i in range(count)]
