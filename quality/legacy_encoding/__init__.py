"""Vietnamese text of the years before Unicode: recognised by the column, converted to NFC, never guessed at."""

from quality.legacy_encoding.detection import Verdict, convert, detect
from quality.legacy_encoding.encodings import Encoding, decode, decode_bytes

__all__ = ["Encoding", "Verdict", "convert", "decode", "decode_bytes", "detect"]
