"""Reading parts of works: texts to fit a model on, and what facets count."""

from __future__ import annotations

from made_works import work

from academichub.library.works import Library
from academichub.store.database import Database
from academichub.store.works_store import facet_rows, latest_texts, numbers_of_keys


def test_the_texts_updated_last_come_first_with_the_note_where_there_is_no_abstract(
    library: Library, database: Database
) -> None:
    library.add(
        [
            work(1, "Earlier", "An abstract.", datestamp="2026-06-10", published="2026-06-10"),
            work(2, "Latest", "", datestamp="2026-06-12", published="2026-06-12", note="A note."),
            work(3, "Between", "Text.", datestamp="2026-06-11", published="2026-06-11", note="No."),
        ]
    )
    texts = [("Latest", "A note."), ("Between", "Text."), ("Earlier", "An abstract.")]
    with database.read() as connection:
        assert latest_texts(connection, 10) == texts
        assert latest_texts(connection, 2) == texts[:2]


def test_facets_read_the_chosen_works_only(library: Library, database: Database) -> None:
    library.add([work(number, f"Title {number}", "Text.") for number in range(1, 4)])
    library.add([work(4, "Title 4", "", ("Wei Wang",), categories=("cs.CL", "math.CO"))])
    with database.read() as connection:
        numbers = numbers_of_keys(connection, ["arxiv:2606.00004"])
        (row,) = facet_rows(connection, numbers.values())
        assert [name for name, *_ in row.authors] == ["Wei Wang"]
        assert (row.sources, row.categories) == (["arxiv_oai"], ["cs.CL", "math.CO"])
        assert (row.published, row.updated) == ("2026-06-10", "2026-06-10")
        assert list(facet_rows(connection, [])) == []
