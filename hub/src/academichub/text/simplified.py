"""Traditional Chinese as simplified Chinese, letter by letter. Pure text, no IO.

So that texts and queries in either script find each other. OpenCC's table of characters; its table
of phrases is left out, which chooses among simplified forms by context: both sides of a comparison
go through the same function, so that a fixed choice is enough.
"""

from __future__ import annotations

from functools import cache

_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"


def simplified(text: str) -> str:
    """Return a text with traditional characters replaced by simplified ones."""
    if text.isascii() or not any(_FIRST_HAN <= character <= _LAST_HAN for character in text):
        return text
    return text.translate(_table())


@cache
def _table() -> dict[int, str]:
    from importlib.resources import files

    lines = (
        files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text("utf-8").splitlines()
    )
    pairs = (line.split("\t") for line in lines if "\t" in line)
    return {
        ord(traditional): forms.split()[0] for traditional, forms in pairs if len(traditional) == 1
    }
