"""Settings: sources in order, nearest-key errors, unsafe values refused, the guide's table up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from academichub.errors import SettingsError
from academichub.i18n.message_text import message_text
from academichub.messages import Message, plain
from academichub.settings import Settings, load_settings, setting_fields, settings_table
from academichub.sources import SOURCES, sources_table
from academichub.sources.arxiv import ArxivOptions

REPOSITORY = Path(__file__).resolve().parents[2]


def load(home: Path, toml: str = "", **environ: str) -> Settings:
    home.mkdir(exist_ok=True)
    (home / "academichub.toml").write_text(toml)
    return load_settings(
        {
            "ACADEMICHUB_HOME": str(home),
            **{f"ACADEMICHUB_{key}": value for key, value in environ.items()},
        }
    )


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.home == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path}/academichub.sqlite3"
    assert settings.sources.enabled == tuple(SOURCES)
    assert settings.sources.min_interval_s("arxiv_oai") == 3
    assert settings.sources.options(ArxivOptions).categories == ()
    assert settings.llm.base_url is None
    assert {name: settings.sources.base_url(name) for name in SOURCES} == {
        "arxiv_announce": "https://rss.arxiv.org",
        "arxiv_oai": "https://oaipmh.arxiv.org",
        "arxiv_query": "https://export.arxiv.org",
        "crossref": "https://api.crossref.org",
        "feed": "",
    }


def test_environment_wins_over_file_wins_over_default(tmp_path: Path) -> None:
    toml = '[sources.arxiv]\ncategories = ["math.AG"]\n[schedule]\ntime = "05:00"\n'
    settings = load(
        tmp_path, toml, SOURCES__ARXIV__CATEGORIES='["cs.LG", "cs.AI"]', LLM__API_KEY="sk-secret"
    )
    assert settings.sources.options(ArxivOptions).categories == ("cs.LG", "cs.AI")
    assert settings.schedule.time == "05:00"
    assert settings.given == {"sources.arxiv.categories", "schedule.time", "llm.api_key"}
    assert "sk-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("toml", "environ", "match"),
    [
        (
            "[sources.arxiv]\ncategoires = []",
            {},
            r"unknown setting 'sources\.arxiv\.categoires'.*'sources\.arxiv\.categories'",
        ),
        ("", {"LLM__BASEURL": "x"}, r"'ACADEMICHUB_LLM__BASEURL'.*'ACADEMICHUB_LLM__BASE_URL'"),
        (
            "",
            {"SOURCES__ENABLED": '["arxiv_oia"]'},
            r"'arxiv_oia' is no source; did you mean 'arxiv_oai'",
        ),
        ("", {"SOURCES__ARXIV__CATEGORIES": "cs.LG"}, r"a list is written as JSON"),
        ("", {"SOURCES__ARXIV__CATEGORIES": '["../x"]'}, r"'\.\./x' is not an arXiv category"),
        ("", {"SOURCES__ARXIV__MIN_INTERVAL_S": "1"}, r"below 3, which arXiv asks of everybody"),
        ("", {"SOURCES__ARXIV_OAI__BASE_URL": "file:///etc"}, r"not an http or https address"),
        ("", {"LLM__BASE_URL": "http://me:pw@host/v1"}, r"must not carry a user name or password"),
        ("", {"SOURCES__CROSSREF__MAILTO": "nobody"}, r"not a mail address"),
        ("", {"SCHEDULE__TIME": "24:00"}, r"'24:00' is not a time of day"),
        ("", {"SCHEDULE__TIMEZONE": "Mars/Base"}, r"'Mars/Base' is not a time zone"),
        ("", {"SCHEDULE__TIMEZONE": "Europe"}, r"'Europe' is not a time zone"),  # a folder of zones
        ("", {"SCHEDULE__TIMEZONE": "x" * 5000}, r"x' is not a time zone"),
        (
            "",
            {"LANGUAGE": "fr"},
            r"LANGUAGE is 'fr': 'fr' is no language of the pages; write en or zh-CN",
        ),
        ("language = 5", {}, r"language in .* is 5: this must be a text in quotes"),
        (
            '[sources.arxiv]\ncategories = "cs.LG"',
            {},
            r"categories in .* is 'cs\.LG': this must be a list",
        ),
        (
            "",
            {"SOURCES__ARXIV_OAI__BASE_URL": "http://localhost:99999"},
            r"no port from 0 to 65535",
        ),
        ("", {"SOURCES__ARXIV__MIN_INTERVAL_S": "nan"}, r"'nan': this must be a number"),
        (
            "",
            {"SOURCES__ENABLED": '["biorxiv"]'},
            r"'biorxiv' is no source; known: arxiv_announce, ",
        ),
        ("", {"SCHEDULE__ENABLED": "maybe"}, r"'maybe': this must be true or false"),
        (
            "",
            {"DATABASE__URL": "sqlite://"},
            r"'sqlite://': a SQLite database without a file keeps nothing",
        ),
        ("", {"DATABASE__URL": "sqlite:///:memory:"}, r"without a file keeps nothing"),
        ("", {"HOM": "/tmp"}, r"'ACADEMICHUB_HOM'.*'ACADEMICHUB_HOME'"),
        ("not toml at all", {}, r"is not valid TOML"),
    ],
)
def test_wrong_and_unsafe_values_are_named(
    tmp_path: Path, toml: str, environ: dict[str, str], match: str
) -> None:
    with pytest.raises(SettingsError, match=match):
        load(tmp_path, toml, **environ)


def wrong(tmp_path: Path, toml: str, **environ: str) -> Message:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, toml, **environ)
    return caught.value.message


def test_a_wrong_value_is_a_message_in_both_languages(tmp_path: Path) -> None:
    message = wrong(tmp_path, "", SCHEDULE__TIME="24:00")
    assert message == Message.of(
        "settings.wrong_value",
        place=plain("ACADEMICHUB_SCHEDULE__TIME"),
        value="'24:00'",
        rule=Message.of("setting_rule.time_of_day", value="24:00"),
    )
    assert message_text(message) == (
        "ACADEMICHUB_SCHEDULE__TIME is '24:00': "
        "'24:00' is not a time of day; write HH:MM, e.g. 06:30"
    )
    assert message_text(message, "zh") == (
        "ACADEMICHUB_SCHEDULE__TIME 的值是 '24:00'：'24:00' 不是一天中的时刻；请写成 HH:MM，例如 06:30"
    )


def test_several_wrong_values_are_named_together(tmp_path: Path) -> None:
    message = wrong(tmp_path, "[llm]\nretries = -1\nconcurrency = 99\n")
    file = next(tmp_path.rglob("academichub.toml"))
    assert message_text(message) == (
        f"llm.retries in {file} is -1: Input should be greater than or equal to 0; "
        f"llm.concurrency in {file} is 99: Input should be less than or equal to 32"
    )
    assert message_text(message, "zh") == (
        f"{file} 中的 llm.retries 的值是 -1：必须大于或等于 0；"
        f"{file} 中的 llm.concurrency 的值是 99：必须小于或等于 32"
    )


def codes_of(message: Message) -> set[str]:
    """Return the code of a message and those of all messages within it."""
    codes, waiting = set(), [message]
    while waiting:
        within = waiting.pop()
        codes.add(within.code)
        for value in within.params.values():
            parts = value if isinstance(value, tuple) else (value,)
            waiting += [part for part in parts if isinstance(part, Message)]
    return codes


VALUES = (
    "5", "-1", "-0.5", "1e9", "'x'", "nan", "inf", "true", "[]", "['x']", "[5]", "'1.5'",
    "'http://h:99999'", "'http://u:p@h'", "'http://h?x'", "'sqlite://'",
)  # fmt: skip
"""Values in TOML, each wrong for some setting."""


@pytest.mark.parametrize("key", [key for key, _ in setting_fields()])
def test_no_wrong_value_has_a_rule_in_english_alone(tmp_path: Path, key: str) -> None:
    section, _, name = key.rpartition(".")
    for value in VALUES:
        try:
            load(tmp_path, (f"[{section}]\n" if section else "") + f"{name} = {value}\n")
        except SettingsError as problem:
            rules = [code for code in codes_of(problem.message) if code.startswith("setting_rule.")]
            assert rules, str(problem)
            assert "Input" not in message_text(problem.message, "zh")


def test_an_empty_text_unsets_what_has_no_default(tmp_path: Path) -> None:
    llm = load(tmp_path, LLM__BASE_URL="", LLM__MODEL="", LLM__API_KEY="").llm
    assert (llm.base_url, llm.model, llm.api_key) == (None, None, None)


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.touch()
    with pytest.raises(
        SettingsError, match=r"data folder .*file is no folder; set ACADEMICHUB_HOME"
    ):
        load_settings({"ACADEMICHUB_HOME": str(home)})


def test_a_quicker_pace_is_allowed_only_when_every_arxiv_module_is_on_this_machine(
    tmp_path: Path,
) -> None:
    local = {
        f"SOURCES__{name}__BASE_URL": "http://127.0.0.1:9/"
        for name in ("ARXIV_ANNOUNCE", "ARXIV_OAI", "ARXIV_QUERY")
    }
    settings = load(tmp_path, SOURCES__ARXIV__MIN_INTERVAL_S="0.1", **local)
    assert {settings.sources.min_interval_s(name) for name in SOURCES if "arxiv" in name} == {0.1}
    del local["SOURCES__ARXIV_QUERY__BASE_URL"]
    with pytest.raises(SettingsError, match="arxiv_query is not"):
        load(tmp_path, SOURCES__ARXIV__MIN_INTERVAL_S="0.1", **local)


def test_crossref_keeps_the_pace_of_feeds_unless_it_has_its_own(tmp_path: Path) -> None:
    as_feeds = load(tmp_path, SOURCES__FEED__MIN_INTERVAL_S="2.5").sources
    assert as_feeds.min_interval_s("crossref") == as_feeds.min_interval_s("feed") == 2.5
    own = load(tmp_path, SOURCES__CROSSREF__MIN_INTERVAL_S="7").sources
    assert (own.min_interval_s("crossref"), own.min_interval_s("feed")) == (7, 1)
    with pytest.raises(SettingsError, match=r"crossref\.min_interval_s: 0 is below 1, its default"):
        load(tmp_path, SOURCES__CROSSREF__MIN_INTERVAL_S="0")
    local = {"SOURCES__CROSSREF__BASE_URL": "http://localhost:9"}
    quick = load(tmp_path, SOURCES__CROSSREF__MIN_INTERVAL_S="0", **local).sources
    assert quick.min_interval_s("crossref") == 0


def test_a_secret_never_appears_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, '[llm]\napi_key = ["sk-secret"]\n')
    assert "sk-secret" not in str(caught.value)


def test_the_guide_shows_every_setting() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "settings.md").read_text("utf-8")
    assert settings_table() in guide, (
        "regenerate: python -m academichub.settings > the table in docs/guide/settings.md"
    )


def test_the_guide_shows_every_source() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "settings.md").read_text("utf-8")
    assert sources_table() in guide, "regenerate the table with academichub.sources.sources_table()"


def test_every_setting_is_read_somewhere() -> None:
    sources = REPOSITORY / "hub" / "src" / "academichub"
    text = "\n".join(
        path.read_text("utf-8") for path in sources.rglob("*.py") if path.name != "settings.py"
    )
    for key, _ in setting_fields():
        name = key.rsplit(".", 1)[-1]
        used = (
            "base_url(" in text
            if key.startswith("sources.") and name == "base_url"
            else re.search(rf"\.{name}\b", text)
        )
        assert used or key == "database.url", f"{key} is never read"
