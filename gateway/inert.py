"""Text of strangers as something that only can be read."""

import unicodedata


def inert(text: str) -> str:
    """The text with everything that could steer a terminal, turn its direction or hide in it written as `\\u{…}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _harmless(c) else f"\\u{{{ord(c):x}}}" for c in text)


def _harmless(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category in {"Mn", "Mc"} or char == " "
