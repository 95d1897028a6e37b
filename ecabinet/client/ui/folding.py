"""Letters folded: for finding words whatever their case and accents, and for making short names out of titles."""

import re
from unicodedata import combining, normalize


def folded(text: str) -> str:
    """Without case and accents, đ as d: what somebody types who is in a hurry."""
    bare = "".join(letter for letter in normalize("NFD", text) if not combining(letter))
    return bare.casefold().replace("đ", "d")


def name_from(text: str) -> str:
    """A short name as statements have it: `giam-doc-so-tai-chinh`. Empty when nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", folded(text))[:64].strip("-")
