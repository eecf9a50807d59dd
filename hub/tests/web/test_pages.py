"""Every page and route in both languages: status, landmarks, valid and accessible HTML, headers, and what it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from lxml import html
from starlette.testclient import TestClient

from academichub import preferences
from academichub.hub import Hub
from academichub.web import pages
from academichub.web.security.headers import SECURITY_HEADERS

from .conftest import BASE, DAY, EARLIER, create_app, open_at

WORK = "/work/arxiv:2601.00006"
PAGES = ["/", f"/?date={EARLIER}", "/?date=2026-01-03", "/?author=Ada+Example", WORK, "/search", "/search?q=planning",
         "/search?q=nothingatall", "/radar", "/brief", "/sources", "/settings", "/login", "/no/such/page"]  # fmt: skip
LANGUAGES = ["en", "zh-CN"]
VOID = {"input", "img", "link", "meta", "br", "hr"}


def page_of(client: TestClient, path: str, lang: str = "en") -> html.HtmlElement:
    answer = client.get(path, headers={"accept-language": lang})
    return html.document_fromstring(answer.text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_and_accessible(reader: TestClient, path: str, lang: str) -> None:
    answer = reader.get(path, headers={"accept-language": lang})
    assert answer.status_code == (404 if path == "/no/such/page" else 200)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert (
        answer.headers["cache-control"] == "no-store" and answer.headers["content-language"] == lang
    )
    page = html.document_fromstring(answer.text)
    assert page.get("lang") == lang
    assert len(page.findall(".//h1")) == 1 and page.find(".//h1").text_content().strip()
    assert page.find(".//title").text.strip()
    assert [len(page.findall(f".//{tag}")) for tag in ("main", "header", "footer")] == [1, 1, 1]
    levels = [int(one.tag[1]) for one in page.iter("h1", "h2", "h3")]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert not page.xpath("//img[not(@alt)]") and not page.xpath("//a[not(@href)]")
    assert not page.xpath(
        "//*[@style] | //style | //script[not(@src)] | //*[@*[starts-with(name(), 'on')]]"
    )


@pytest.mark.parametrize("path", PAGES)
def test_controls_have_names_and_ids_are_single(reader: TestClient, path: str) -> None:
    page = page_of(reader, path)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    labelled = set(page.xpath("//label/@for"))
    for field in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        named = (
            field.get("id") in labelled or field.get("aria-label") or field.xpath("ancestor::label")
        )
        assert named, html.tostring(field)
    for button in page.xpath("//button | //a"):
        name = button.get("aria-label") or button.text_content().strip() or button.get("title")
        assert name, html.tostring(button)
    for reference in page.xpath("//@aria-labelledby | //@aria-describedby"):
        assert set(reference.split()) <= set(ids), reference


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_tags_nest_as_html5_wants(reader: TestClient, path: str, lang: str) -> None:
    """Every start tag is closed in order, and no block stands inside a paragraph (a parser would move it silently)."""
    text = reader.get(path, headers={"accept-language": lang}).text
    open_tags: list[str] = []
    for close, tag, rest in re.findall(
        r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\"[^\"]*\"|[^>\"])*)>", text
    ):
        tag = tag.lower()
        if tag in VOID or rest.endswith("/"):
            continue
        if close:
            assert open_tags and open_tags.pop() == tag, tag
            continue
        if tag in {
            "div",
            "p",
            "ul",
            "ol",
            "dl",
            "details",
            "section",
            "form",
            "h2",
            "table",
            "pre",
            "fieldset",
        }:
            assert "p" not in open_tags, f"<{tag}> inside <p>"
        assert not (tag == "form" and "form" in open_tags), "a form in a form"
        assert not (tag in {"a", "button"} and {"a", "button"} & set(open_tags)), (
            f"<{tag}> in a link or button"
        )
        open_tags.append(tag)
    assert open_tags == []


def test_no_page_names_another_host_but_in_links_to_sources(reader: TestClient) -> None:
    for path in PAGES:
        page = page_of(reader, path)
        loaded = page.xpath(
            "//script/@src | //link/@href | //img/@src | //form/@action | //*[@srcset]"
        )
        assert all(one.startswith("/") and not one.startswith("//") for one in loaded), loaded


def test_today_shows_numbered_cards_with_labels_people_and_reasons(reader: TestClient) -> None:
    page = page_of(reader, "/")
    cards = page.xpath("//article")
    assert [
        int(re.sub(r"\D", "", one.find_class("card-number")[0].text_content())) for one in cards
    ] == list(range(1, 21))
    assert "Tuesday, January 6, 2026" in page.find(".//h1").text_content()
    assert "40 works" in page.find_class("lede")[0].text_content()
    replaced = next(one for one in page_of(reader, "/?author=Person+06").xpath("//article"))
    label = " ".join(replaced.find_class("label")[0].text_content().split())
    assert label == f"arXiv (cs.LG) {DAY} Replacement (v4) also in cs.AI"
    assert [one.text for one in replaced.xpath(".//ul[@class='chips']//a")] == [
        "Ada Example",
        "Person 06",
    ]
    assert replaced.xpath(".//h2/a/@href") == ["/work/arxiv:2601.00006"]
    assert replaced.xpath(".//a[contains(@class, 'away')]/@href") == [
        "https://arxiv.org/abs/2601.00006"
    ]
    assert {one.get("value") for one in replaced.find_class("actions")[0].iter("button")} == {
        "like",
        "dislike",
        "save",
        "hide",
        "read",
    }


def test_filters_are_chips_that_their_x_removes(reader: TestClient) -> None:
    page = page_of(reader, "/?author=Ada+Example&category=cs.LG&source=arxiv_announce")
    chips = {
        one.text_content().strip(" ×\n"): one.xpath(".//a/@href")[0]
        for one in page.xpath("//*[@role='group']/span")
    }
    assert list(chips) == ["Ada Example", "arXiv (announcements)", "cs.LG"]
    assert chips["Ada Example"] == "/?source=arxiv_announce&category=cs.LG"
    assert chips["cs.LG"] == "/?author=Ada+Example&source=arxiv_announce"
    matching = page_of(reader, "/?category=quant-ph").xpath("//article//h2")
    assert matching and all("qubits" in one.text_content() for one in matching)


def test_another_batch_never_repeats_and_ends(reader: TestClient) -> None:
    seen: list[str] = []
    path = "/"
    for _ in range(4):
        page = page_of(reader, path)
        seen += page.xpath("//article/@data-key")
        following = page.xpath("//a[@data-batch]/@href")
        if not following:
            break
        path = following[0]
    assert len(seen) == len(set(seen)) == 40


def test_an_empty_day_says_why_and_leads_to_the_last_day_with_works(reader: TestClient) -> None:
    page = page_of(reader, "/?date=2026-01-04")
    said = page.find_class("empty")[0]
    assert (
        not page.xpath("//article") and "2026-01-04" in said.text_content()
    ) or "weekend" in said.text_content().lower()
    assert f"/?date={DAY}" in said.xpath(".//a/@href")


def test_days_are_a_strip_with_counts_and_neighbours(reader: TestClient) -> None:
    page = page_of(reader, f"/?date={EARLIER}")
    days = {one.xpath("./@href")[0]: one.get("aria-label") for one in page.find_class("day")}
    assert days[f"/?date={DAY}"].endswith("40 works") and days[f"/?date={EARLIER}"].endswith(
        "5 works"
    )
    assert page.xpath("//a[@rel='next' and @aria-label]/@href") == [f"/?date={DAY}"]
    assert len(page.xpath("//article")) == 5


@pytest.mark.parametrize(
    "name",
    [
        "2601.00006",
        "arXiv:2601.00006v2",
        "https://arxiv.org/abs/2601.00006",
        "10.48550/arXiv.2601.00006",
    ],
)
def test_any_identifier_leads_to_the_work(reader: TestClient, name: str) -> None:
    answer = reader.get(f"/work/{name}", follow_redirects=False)
    assert answer.status_code == 302 and answer.headers["location"] == WORK


def test_a_work_shows_versions_announcements_records_and_bibtex(reader: TestClient) -> None:
    page = page_of(reader, WORK)
    tables = page.xpath("//table")
    assert [one.text for one in tables[0].xpath(".//tbody//th")] == ["v4", "v3", "v2", "v1"]
    assert (
        "arXiv (announcements)" in tables[1].text_content()
        and "replacement" in tables[1].text_content()
    )
    assert "<entry>6</entry>" in page.text_content()
    assert "2601.00006" in page.get_element_by_id("bibtex").text_content()
    assert reader.get(f"{WORK}/bibtex").text.startswith("@")
    missing = reader.get("/work/10.1/none")
    assert missing.status_code == 404 and "Search for it" in missing.text


def test_search_marks_counts_narrows_and_pages(reader: TestClient) -> None:
    page = page_of(reader, "/search?q=invented")
    assert "45 works found" in page.text_content() and len(page.xpath("//article")) == 20
    assert page.xpath("//article//mark")
    second = page.xpath("//a[@rel='next']/@href")
    assert second == ["/search?q=invented&page=2"]
    assert "21 to 40" in page_of(reader, second[0]).text_content()
    facets = page.find_class("facet")
    assert facets and all("q=" in one for one in page.xpath("//ul[@class='facet']//a/@href"))
    wrong = reader.get("/search?q=year:soon")
    assert wrong.status_code == 400 and "year" in wrong.text
    assert "Nothing found" in reader.get("/search?q=zzzzzz").text


def test_the_brief_cites_checks_and_lists_references(reader: TestClient) -> None:
    page = page_of(reader, "/brief")
    cites = page.xpath("//a[@class='cite']")
    references = {f"#{one}" for one in page.xpath("//ol[@class='references']/li/@id")}
    assert cites and {one.get("href") for one in cites} <= references
    for cite in cites:
        assert cite.get("href") == f"#ref-{cite.text.strip('[]')}"
    sentences = page.find_class("sentence")
    checks = page.xpath("//details[starts-with(@class, 'check-mark')]")
    assert len(sentences) == len(checks) > 0
    assert all(
        one.xpath("./summary/@aria-label")[0].startswith("Checked against [") for one in checks
    )
    assert all(one.xpath(".//dt") for one in checks)
    address = page.xpath("//a[contains(@href, '.md')]/@href")[0].removesuffix(".md")
    assert reader.get(address).status_code == 200 and reader.get("/brief/none").status_code == 404
    document = reader.get(f"{address}.json").json()
    assert {f"#ref-{one['n']}" for one in document["evidence"]} == references
    assert reader.get(f"{address}.bib").text.count("@") >= len(references)
    assert reader.get(f"{address}.exe").status_code == 404


def test_the_brief_follows_the_language_over_the_same_evidence(reader: TestClient) -> None:
    english, chinese = page_of(reader, "/brief"), page_of(reader, "/brief", "zh-CN")
    numbers = [[one.text for one in page.find_class("cite")] for page in (english, chinese)]
    assert numbers[0] == numbers[1]
    assert (
        len(
            page_of(reader, "/brief").xpath(
                "//aside//a[starts-with(@href, '/brief/2026')][not(@download)]"
            )
        )
        == 2
    )


def test_while_nothing_is_gathered_the_shelf_says_what_it_is(hub: Hub) -> None:
    fresh = open_at(hub.settings.home / "fresh")
    with TestClient(create_app(fresh), base_url=BASE) as client:
        page = page_of(client, "/")
        assert "The starter shelf" in page.text_content() and len(page.xpath("//article")) == 20
        assert page.xpath("//form[@action='/settings/first-run']")
        assert "cs.LG" in page.xpath("//input[@name='category'][@checked]/@value")
        assert page_of(client, "/brief").find_class("cite")
        assert client.get("/health").json()["works"] == 0
    fresh.close()


def test_settings_show_what_is_locked_and_keep_what_is_chosen(
    client: TestClient, hub: Hub, post: Callable[..., object]
) -> None:
    form = {
        "language": "zh-CN",
        "timezone": "Asia/Shanghai",
        "time": "07:15",
        "categories": "cs.LG, math quant-ph",
    }
    assert post("/settings", form).status_code == 200  # type: ignore[attr-defined]
    assert preferences.categories(hub) == ("cs.LG", "math", "quant-ph")
    assert preferences.daily_time(hub) == preferences.DailyTime("07:15", "Asia/Shanghai")
    assert client.get("/radar").headers["content-language"] == "zh-CN"
    for wrong in (
        {"categories": "cs.XX"},
        {"time": "25:00"},
        {"timezone": "Mars/Base"},
        {"language": "xx"},
    ):
        refused = post("/settings", wrong)
        assert refused.status_code == 400  # type: ignore[attr-defined]
    assert "cs." in post("/settings", {"categories": "cs.XX"}).text  # type: ignore[attr-defined]
    assert preferences.categories(hub) == ("cs.LG", "math", "quant-ph")


def test_theme_and_language_links_keep_the_page_and_set_cookies(client: TestClient) -> None:
    page = page_of(client, "/search?q=planning&theme=dark")
    assert page.get("data-theme") == "dark" and client.cookies["academichub_theme"] == "dark"
    assert page_of(client, "/radar").get("data-theme") == "dark"
    assert "/search?q=planning&lang=zh-CN" in page.xpath("//a/@href")
    assert page_of(client, "/radar?lang=zh-CN").get("lang") == "zh-CN"
    assert page_of(client, "/settings").get("lang") == "zh-CN"


def test_every_page_module_has_a_router_in_use() -> None:
    paths = {route.path for router in pages.ROUTERS for route in router.routes}  # type: ignore[attr-defined]
    assert {"/", "/work/{key:path}", "/search", "/radar", "/brief", "/brief/{number}", "/sources", "/settings",
            "/feeds/radar.atom", "/feeds/radar.json"} <= paths  # fmt: skip


def test_a_work_shows_similar_works_and_never_itself(reader: TestClient) -> None:
    page = page_of(reader, WORK)
    own = page.find(".//h1").text_content().strip()
    [heading] = [one for one in page.iter("h2") if "imilar" in one.text_content()]
    links = heading.getparent().xpath(".//ul[contains(@class, 'plain-list')]//a")
    assert 1 <= len(links) <= 5
    words = set(own.lower().split())
    for link in links:
        assert link.get("href") != WORK
        assert words & set(link.text_content().lower().split()), "shares no word of the title"


@pytest.mark.parametrize(
    "path", ["/", WORK, "/health", "/feeds/radar.atom", "/api/today", "/no/such/page"]
)
def test_head_is_get_without_the_content(reader: TestClient, path: str) -> None:
    whole, head = reader.get(path), reader.head(path)
    assert head.status_code == whole.status_code and head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-length"] == whole.headers["content-length"] != "0"


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_a_feed_that_did_not_change_is_not_sent_again(reader: TestClient, form: str) -> None:
    first = reader.get(f"/feeds/radar.{form}")
    again = reader.get(f"/feeds/radar.{form}", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert (
        reader.get(f"/feeds/radar.{form}", headers={"if-none-match": '"other"'}).status_code == 200
    )
