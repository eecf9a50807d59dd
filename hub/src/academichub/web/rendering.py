"""From a request to HTML: the visit (language, theme, token, flash), templates and responses.

Every page is made here, so that language, cookies, the CSRF token and the caching headers are
decided in one place.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any, cast

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from academichub import __version__, i18n
from academichub.hub import Hub
from academichub.i18n.message_text import messages_text
from academichub.messages import Message
from academichub.preferences import language
from academichub.web.addresses import Address, address_of, work_path
from academichub.web.formatting import (
    emphasised,
    format_day,
    format_moment,
    format_number,
    text_language,
)
from academichub.web.security.form_tokens import (
    CSRF_COOKIE,
    SESSION_COOKIE,
    csrf_token,
    new_nonce,
)
from academichub.works.fields import field_name

LANG_COOKIE = "academichub_lang"
THEME_COOKIE = "academichub_theme"
FLASH_COOKIE = "academichub_flash"
THEMES = ("auto", "light", "dark")
YEAR_S = 365 * 24 * 3600
_FLASH_LIMIT = 2500


@dataclass
class Visit:
    """What is true of one request, whatever page it asks for."""

    request: Request
    hub: Hub
    lang: str
    theme: str
    nonce: str
    csrf: str
    account: str | None
    cookies: dict[str, tuple[str, int]] = field(default_factory=dict)

    def gettext(self, message: str, **values: object) -> str:
        """Return a message in the visit's language, with its values filled in."""
        text = i18n.translations(self.lang).gettext(message)
        return text % values if values else text

    def ngettext(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Return a counted message in the visit's language."""
        return i18n.translations(self.lang).ngettext(singular, plural, num) % {"num": num, **values}

    def text(self, *messages: Message) -> str:
        """Return messages in the visit's language, as one line of sentences."""
        return messages_text(messages, self.lang)

    @property
    def here(self) -> Address:
        """The address asked for, without the parameters that only change language and theme."""
        return (
            address_of(self.request.url.path, self.request.query_params.multi_items())
            .drop("lang")
            .drop("theme")
        )


def visit_of(request: Request) -> Visit:
    """Return the visit of a request; FastAPI dependency."""
    existing_visit = getattr(request.state, "visit", None)
    if isinstance(existing_visit, Visit):
        return existing_visit
    hub: Hub = request.app.state.hub
    cookies = request.cookies
    lang_param = request.query_params.get("lang")
    header = request.headers.get("accept-language", "")
    lang = i18n.choose_language(lang_param, cookies.get(LANG_COOKIE), language(hub), header)
    theme = request.query_params.get("theme") or cookies.get(THEME_COOKIE) or "auto"
    theme = theme if theme in THEMES else "auto"
    nonce = cookies.get(CSRF_COOKIE, "")
    needs_nonce = not re.fullmatch(r"[\w-]{16,64}", nonce)
    nonce = new_nonce() if needs_nonce else nonce
    token = csrf_token(request.app.state.secret, nonce, cookies.get(SESSION_COOKIE, ""))
    account = getattr(request.state, "account", None)
    visit = Visit(request, hub, lang, theme, nonce, token, account)
    if needs_nonce:
        visit.cookies[CSRF_COOKIE] = (nonce, YEAR_S)
    if i18n.known_language(lang_param):
        visit.cookies[LANG_COOKIE] = (lang, YEAR_S)
    if request.query_params.get("theme"):
        visit.cookies[THEME_COOKIE] = (theme, YEAR_S)
    request.state.visit = visit
    return visit


def render(visit: Visit, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    """Return a page in the visit's language."""
    flash = read_flash(visit.request)
    context = {"visit": visit, "flash": flash, "languages": i18n.LANGUAGES, **values}
    html = environment(visit.lang).get_template(template).render(context)
    response = HTMLResponse(html, status_code)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = visit.lang
    response.headers["Vary"] = "Cookie, Accept-Language"
    if flash:
        response.delete_cookie(FLASH_COOKIE)
    return cast(HTMLResponse, _with_cookies(visit, response))


def redirect(
    visit: Visit, target: str, message: str = "", undo: dict[str, str] | None = None
) -> Response:
    """Redirect the reader to a page of the hub, with a message and an action to undo the change.

    Args:
        visit: The visit.
        target: A path of this hub.
        message: What was done, in the visit's language; empty for none.
        undo: `action` (a path) and the form fields of the request that undoes it.
    """
    response = RedirectResponse(target, 303)
    response.headers["Cache-Control"] = "no-store"
    if message:
        flash = json.dumps({"message": message, "undo": undo or {}})
        packed = base64.urlsafe_b64encode(flash.encode()).decode()
        if len(packed) <= _FLASH_LIMIT:
            response.set_cookie(FLASH_COOKIE, packed, max_age=60, httponly=True, samesite="lax")
    return _with_cookies(visit, response)


def read_flash(request: Request) -> dict[str, Any] | None:
    """Return the message the last request left for this page, or None.

    A forged message can only show text.
    """
    packed = request.cookies.get(FLASH_COOKIE, "")
    if not packed or len(packed) > _FLASH_LIMIT:
        return None
    try:
        flash = json.loads(base64.urlsafe_b64decode(packed))
        undo = {str(name): str(value) for name, value in flash["undo"].items()}
        action = undo.get("action", "")
        return {"message": str(flash["message"]), "undo": undo if action in UNDO_ACTIONS else {}}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


UNDO_ACTIONS = ("/radar/undo",)
"""Paths an undo banner may post to."""


def _with_cookies(visit: Visit, response: Response) -> Response:
    for name, (value, age) in visit.cookies.items():
        response.set_cookie(name, value, max_age=age, httponly=True, samesite="lax")
    return response


@lru_cache
def environment(lang: str) -> jinja2.Environment:
    """Return the template environment of a language: autoescaping, strict about names."""
    templates = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("academichub.web", "templates"),
                jinja2.PackageLoader("academichub.web", "pages"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    templates.policies["ext.i18n.trimmed"] = True
    catalog = i18n.translations(lang)
    templates.install_gettext_callables(catalog.gettext, catalog.ngettext, newstyle=True)  # type: ignore[attr-defined]
    templates.filters.update(
        day=lambda text, form="long": format_day(text, lang, form),
        moment=lambda text: format_moment(text, lang),
        number=lambda value: format_number(value, lang),
        work_path=work_path,
        speech=text_language,
        emphasised=emphasised,
    )
    templates.globals.update(
        asset=asset,
        field_name=lambda field_id: field_name(field_id, lang),
        version=__version__,
        lang_tag=lambda: lang,
        gap="" if lang == "zh-CN" else " ",  # between sentences: full-width marks have their own
        Address=Address,
    )
    return templates


@cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so browsers may keep it."""
    content = (resources.files("academichub.web") / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"
