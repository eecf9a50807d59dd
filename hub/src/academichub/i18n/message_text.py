"""Messages (`academichub.messages`) in words, from `messages_en.po` and `messages_zh_CN.po`.

The `msgid` of an entry is a message's code and the `msgstr` its text, in English too, so that a
text can be edited without touching the code that reports it. `%(name)s` stands for the parameter
`name`; `%(share).2f` formats a number. An entry with `msgid_plural` (the code again) has one text a
plural form, chosen by the parameter `count`.

A parameter that is a message is put into words first; a sequence is joined as the language joins
things (`list.comma`), or sentences (`list.sentence`) where it holds messages. An unknown code shows
as the code with its values: a library written by a newer version stays readable.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from functools import lru_cache

from academichub.i18n import DEFAULT_LANGUAGE, known_language, read_catalogue
from academichub.messages import PLAIN, Message, Param


def message_text(message: Message, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return a message in words.

    Args:
        message: What happened.
        lang: A language tag (`en`, `zh`, `zh-CN`); English where it is not one of LANGUAGES.
    """
    tag = known_language(lang) or DEFAULT_LANGUAGE
    params = {name: _param_text(value, tag) for name, value in message.params.items()}
    if message.code == PLAIN:
        return str(params.get("text", ""))
    template = _template(message, tag)
    if template is None:
        return _unknown(message.code, params)
    try:
        return template % params
    except (KeyError, ValueError, TypeError):  # stored by a version whose code had other parameters
        return _unknown(message.code, params)


def messages_text(messages: Iterable[Message], lang: str = DEFAULT_LANGUAGE) -> str:
    """Return messages as one line of sentences."""
    return message_text(Message("list.sentence"), lang).join(
        message_text(message, lang) for message in messages
    )


def is_known(code: str, lang: str = DEFAULT_LANGUAGE) -> bool:
    """Whether the catalogue of a language has a code."""
    return _template(Message(code), known_language(lang) or DEFAULT_LANGUAGE) is not None


def _template(message: Message, tag: str) -> str | None:
    catalogue, code = _catalogue(tag), message.code
    count = message.params.get("count", 0)
    number = int(count) if isinstance(count, int | float) else 0
    text = catalogue.ngettext(code, code, number)
    if text == code:  # not an entry with plural forms
        text = catalogue.gettext(code)
    return None if text == code else text


def _param_text(value: Param, tag: str) -> str | int | float:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Message):
        return message_text(value, tag)
    code = "list.sentence" if any(isinstance(part, Message) for part in value) else "list.comma"
    return message_text(Message(code), tag).join(str(_param_text(part, tag)) for part in value)


def _unknown(code: str, params: Mapping[str, object]) -> str:
    values = ", ".join(f"{name} {value}" for name, value in params.items())
    return f"{code} ({values})" if values else code


@lru_cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    return read_catalogue(f"messages_{tag.replace('-', '_')}.po")
