"""The hub's examples of docs/guide/extending.md are whole: as files and rows they do what it says."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import jinja2
import pytest
from click.testing import CliRunner
from loopback_server import LoopbackServer, reply
from starlette.testclient import TestClient

from academichub import checker, preferences
from academichub.checker import check as shipped_check
from academichub.checker.passage import read_passage
from academichub.cli import cli
from academichub.errors import InputError
from academichub.formats import FORMATS, Format, guess_format, readers
from academichub.gathering.gather import run_gather
from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.radar.today import today
from academichub.settings import load_settings
from academichub.sources import SOURCES
from academichub.sources.protocol import Reader
from academichub.text.sentences import split_sentences
from academichub.web import pages, rendering
from academichub.web.app import create_app
from academichub.works.identifiers import Identifier
from academichub.works.work import Record, Work

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "extending.md"


def blocks(heading: str, language: str = "python") -> list[str]:
    """Return the code under a heading of the guide."""
    section = GUIDE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def module_of(heading: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Write the first code under a heading to a file, and import it under a name."""
    file = folder / f"{name.rpartition('.')[2]}.py"
    file.write_text(blocks(heading)[0], "utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def archive() -> Iterator[LoopbackServer]:
    """The example's service: every request gets the guide's answer, with a bad paper beside it."""
    answer = json.loads(blocks("A source", "json")[0])
    answer["papers"].append({"title": "Without a DOI"})
    answer["total"] = 2
    headers = {"Date": "Wed, 24 Jun 2026 12:00:00 GMT"}

    def respond(handler: object) -> None:
        # send_response() would add a second Date header.
        handler.send_response = handler.send_response_only  # type: ignore[attr-defined]
        reply(200, json.dumps(answer).encode(), headers)(handler)  # type: ignore[arg-type]

    with LoopbackServer(respond) as server:
        yield server


def test_the_guides_source_is_gathered(
    archive: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of("A source", "example_archive", tmp_path, monkeypatch)
    reader: Reader = module.SOURCE.reader
    assert reader is not None
    monkeypatch.setitem(SOURCES, module.NAME, module.SOURCE)
    settings = {
        "ACADEMICHUB_HOME": str(tmp_path),
        "ACADEMICHUB_SOURCES__EXAMPLE_ARCHIVE__BASE_URL": archive.url,
        "ACADEMICHUB_SOURCES__EXAMPLE_ARCHIVE__MIN_INTERVAL_S": "0",
    }
    hub = Hub(load_settings(settings))
    (summary,) = run_gather(hub, ["example_archive"]).sources
    assert (summary.status, summary.received, summary.failed) == ("partial", 1, 1)
    (row,) = Ledger(hub.database).entries()
    assert "entry 2: the DOI, the day or the title is missing" in row.message
    (card,) = today(hub).cards
    assert card.label == "Example Archive (ecology) 2026-06-24"
    assert card.authors == ("Ada Example",)
    run_gather(hub, ["example_archive"])
    assert [request.path for request in archive.seen] == [
        "/papers?since=latest",
        "/papers?since=2026-06-24",
    ]
    hub.close()


def test_the_guides_export_format_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of("An export format", "markdown_writer", tmp_path, monkeypatch)
    name = Identifier("doi", "10.5555/a")
    works = [
        Work(1, "doi:10.5555/a", (name,), "On [brackets]"),
        Work(2, "local:b", (Identifier("local", "b"),), "Without an address"),
    ]
    assert list(module.write(works)) == [
        "- [On \\[brackets\\]](https://doi.org/10.5555/a)\n",
        "- Without an address\n",
    ]
    row = blocks("An export format")[1]
    rows = eval(f"{{{row}}}", {"Format": Format, "markdown_writer": module})
    assert [*rows] == ["markdown"]
    monkeypatch.setitem(FORMATS, "markdown", rows["markdown"])
    assert "markdown" not in readers(), "it cannot be imported"
    with pytest.raises(InputError):
        guess_format(b"- A title", "works.md")
    monkeypatch.setenv("ACADEMICHUB_HOME", str(tmp_path))
    hub = Hub(load_settings())
    hub.library.add([Record("ris", "a", (name,), "A title")])
    hub.close()
    # The command reads its choices when it is imported.
    monkeypatch.delitem(sys.modules, "academichub.commands.export", raising=False)
    result = CliRunner().invoke(cli, ["export", "works", "--format", "markdown"])
    assert result.stdout == "- [A title](https://doi.org/10.5555/a)\n", result.output
    monkeypatch.delitem(sys.modules, "academichub.commands.export", raising=False)


def test_the_guides_page_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "totals"
    folder.mkdir()
    module = module_of("A page", "academichub.web.pages.totals.route", folder, monkeypatch)
    (folder / "page.html").write_text(blocks("A page", "jinja")[0], "utf-8")
    shipped = jinja2.PackageLoader

    def loader(package: str, subfolder: str) -> jinja2.BaseLoader:
        return jinja2.ChoiceLoader([shipped(package, subfolder), jinja2.FileSystemLoader(tmp_path)])

    monkeypatch.setattr(jinja2, "PackageLoader", loader)
    monkeypatch.setattr(pages, "ROUTERS", (*pages.ROUTERS, module.router))
    rendering.environment.cache_clear()
    hub = Hub(load_settings({"ACADEMICHUB_HOME": str(tmp_path / "home")}))
    hub.library.add([Record("ris", "a", (Identifier("doi", "10.5555/a"),), "A title")])
    hub.preferences.set(preferences.FIELDS_CHOSEN, [])
    with TestClient(create_app(hub), base_url="http://127.0.0.1:8000") as client:
        page = client.get("/totals")
    hub.close()
    rendering.environment.cache_clear()
    assert page.status_code == 200
    assert "<h1>Totals</h1>\n<p>1 work</p>" in page.text
    assert "<nav" in page.text, "it stands in the frame of every page"


def test_the_guides_check_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "academichub.checker.quotation_check"
    module = module_of("A check", name, tmp_path, monkeypatch)
    assert not hasattr(checker, "quotation_check"), "the name is free"
    passage = read_passage("On owls", 'They call it "a quiet flight" there.')
    assert module.missing_quotations('they call it "a quiet flight"', [passage]) == []
    assert module.missing_quotations('they call it "a loud flight"', [passage]) == ["a loud flight"]

    # check.py with the guide's line where the guide puts it
    source = Path(shipped_check.__file__).read_text("utf-8")
    anchor = "    reasons += _check_polarity("
    assert source.count(anchor) == 1
    source = source.replace(anchor, blocks("A check")[1] + anchor)
    source = source.replace("import re\n", f"import re\nfrom {name} import missing_quotations\n", 1)
    extended = ModuleType("extended_check")
    monkeypatch.setitem(sys.modules, "extended_check", extended)
    exec(compile(source, shipped_check.__file__, "exec"), extended.__dict__)
    abstract = "Owls fly in silence. Observers call it “a quiet flight” in the field notes."
    evidence = [extended.Evidence(1, "On owls", abstract)]
    sentence = split_sentences(abstract)[1]
    good = extended.check_sentence(sentence, [1], evidence)
    assert (good.ok, good.checks["quotations"]) == (True, True)
    bad = extended.check_sentence(sentence.replace("quiet flight", "flight quiet"), [1], evidence)
    assert (bad.ok, bad.checks["quotations"]) == (False, False)
    shipped = shipped_check.check_sentence(
        sentence.replace("quiet flight", "flight quiet"),
        [1],
        [shipped_check.Evidence(1, "On owls", abstract)],
    )
    assert "quotations" not in shipped.checks
