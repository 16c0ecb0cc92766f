"""Checks whether a word is a Vietnamese syllable: onset, rime, a tone that the rime allows, letters of one case."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ONSET = "(?:ngh|ng|nh|gh|gi|kh|ch|ph|th|tr|qu|[bcdđghklmnpqrstvx])?"
_OPEN = (
    "(?:uyê|iêu|yêu|oai|oay|oeo|uây|uôi|ươi|ươu|uya|uyu|oao|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oa|oe|oi|ôi|ơi|ua|ưa|ui|ưi|uê|uơ|ưu|uy|"
    "ya|[aeêioôơuưy])"
)
_CLOSED = "(?:uyê|iê|yê|oă|oa|oe|uâ|uô|ươ|uy|uê|oo|[aăâeêioôơuưy])"
_SHAPE = re.compile(f"{_ONSET}(?:{_OPEN}|{_CLOSED}(?:ng|nh|[mn])|(?P<stop>{_CLOSED}(?:ch|[ptck])))$")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STOPPED = ("\u0301", "\u0323")


@lru_cache(maxsize=65_536)
def is_syllable(word: str) -> bool:
    """Whether a word in NFC could be Vietnamese. A rime that ends in p, t, c, ch allows only sắc or nặng."""
    if word not in (word.lower(), word.upper(), word.capitalize()):
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in parts if c in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
    found = _SHAPE.match(bare)
    if found is None or len(tones) > 1:
        return False
    return found["stop"] is None or (bool(tones) and tones[0] in _STOPPED) or word.isascii()
