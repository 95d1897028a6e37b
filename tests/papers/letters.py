"""The letters of Vietnamese that ASCII lacks, and with them all vowels: 146, each one code point."""

import unicodedata

_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")

LETTERS = (
    "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS + _VOWELS.upper() for tone in _TONES) + "đĐ"
)

assert len(set(LETTERS)) == len(LETTERS) == 146
