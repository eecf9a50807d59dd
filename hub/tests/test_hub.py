"""An open hub's parts: one of a kind for each hub, shared with no other hub."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from academichub.hub import Hub, HubPart, open_hub


class Notes(HubPart):
    """Notes of an open hub."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.texts: list[str] = []


class Lists(Notes):
    """A second kind."""


def test_a_hub_makes_one_part_of_a_kind_and_shares_it_with_nobody() -> None:
    first, second = open_hub(), open_hub()
    first.part(Notes).texts.append("a")
    assert first.part(Notes).texts == ["a"] and first.part(Notes).hub is first
    assert first.part(Lists).texts == [] and second.part(Notes).texts == []
    first.close()
    second.close()


def test_threads_that_begin_at_once_get_the_same_part() -> None:
    hub = open_hub()
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda _: hub.part(Notes), range(64)))
    assert len(set(map(id, parts))) == 1
    hub.close()
