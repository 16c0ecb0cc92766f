"""Vietnamese text in encodings before Unicode: detected by column, converted to NFC, never guessed."""

from quality.legacy_encoding.detection import Verdict, convert, detect
from quality.legacy_encoding.encodings import Encoding, decode, decode_bytes

__all__ = ["Encoding", "Verdict", "convert", "decode", "decode_bytes", "detect"]
