"""Content words with their places: gaps between sentences, compounds, plural acronyms."""

from hypothesis import given
from hypothesis import strategies as st

from academichub.index.positions import (
    MAX_CHARS,
    SENTENCE_GAP,
    Places,
    content_tokens,
    places_of,
    singular_acronyms,
)
from academichub.index.tokens import content_stream

TEXTS = st.text(
    st.sampled_from("aet sdLM-'. !;:的模型世界,()0\n"), max_size=60
)  # word parts, stop words, ends of sentences, Chinese


def test_stop_words_take_no_place() -> None:
    places = places_of("Learning from the demonstrations of experts")
    assert places.tokens == {0: "learn", 1: "demonstr", 2: "expert"}
    assert places.of == {"learn": [0], "demonstr": [1], "expert": [2]}
    assert places.led_by == {}


def test_a_gap_lies_between_two_sentences() -> None:
    places = places_of("Robots walk. Worlds turn; models learn")
    gap = SENTENCE_GAP
    assert places.tokens == {
        0: "robot",
        1: "walk",
        2 + gap: "world",
        3 + gap: "turn",
        4 + 2 * gap: "model",
        5 + 2 * gap: "learn",
    }
    chinese = places_of("世界。模型")
    assert chinese.tokens == {0: "世界", 1 + gap: "模型"}


def test_a_point_inside_a_word_or_number_ends_no_sentence() -> None:
    assert places_of("version 3.5 of U.S. data").tokens.keys() <= set(range(SENTENCE_GAP + 6))
    assert places_of("about 3.5 metres").tokens == {0: "about", 1: "3.5", 2: "metr"}


def test_phrases_start_where_their_tokens_stand_next_to_each_other() -> None:
    places = places_of("A world model of worlds: models of the world, world models")
    assert places.of["world"] == [0, 2, 12, 13]
    assert list(places.phrase_starts(("world", "model"))) == [0, 13]
    # The colon parts `worlds` from `models`, the stop words do not part `models` from `world`.
    assert list(places.phrase_starts(("model", "world"))) == [1, 11]
    assert list(places.phrase_starts(("ocean",))) == []


def test_the_second_part_of_a_compound_is_led_by_the_first() -> None:
    assert places_of("a real-world model").led_by == {1: "real"}
    assert places_of("a real world model in real time").led_by == {1: "real", 4: "real"}
    assert places_of("a world-class, model-based method").led_by == {1: "world", 3: "model"}


def test_free_prefixes_lead_nothing() -> None:
    assert places_of("multi-agent systems").led_by == {}
    assert places_of("non-convex, semi-supervised and cross-lingual").led_by == {}
    assert places_of("vision-language models").led_by == {1: "vision"}


def test_chinese_runs_are_bigrams_in_a_row() -> None:
    places = places_of("基于世界模型的方法")
    assert list(places.phrase_starts(tuple(content_tokens("世界模型")))) == [2]
    assert places.led_by == {}


def test_acronyms_lose_their_plural_s() -> None:
    assert singular_acronyms("LLMs, VLAs and 3D-CNNs; GPUs' cost") == (
        "LLM, VLA and 3D-CNN; GPU' cost"
    )
    unchanged = "as is, class, DNS, Models, pass, gas, iOS"
    assert singular_acronyms(unchanged) == unchanged
    assert content_tokens("VLAs") == content_tokens("VLA") == ["vla"]


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert len(places_of("word " * MAX_CHARS).tokens) == MAX_CHARS // len("word ")


@given(TEXTS)
def test_the_places_are_the_content_tokens_in_order(text: str) -> None:
    places = places_of(text)
    numbers = sorted(places.tokens)
    assert list(places.tokens) == numbers
    assert {token: list(rows) for token, rows in places.of.items()} == by_token(places)
    assert set(places.led_by) <= set(numbers)
    assert all(places.tokens[number] for number in numbers)


def by_token(places: Places) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for number, token in places.tokens.items():
        rows.setdefault(token, []).append(number)
    return rows


@given(st.lists(st.sampled_from(["deep", "learning", "of", "the", "multi-agent", "系统"])))
def test_content_tokens_are_the_stream_without_stop_words(words: list[str]) -> None:
    text = " ".join(words)
    assert content_tokens(text) == content_stream(text) == list(places_of(text).tokens.values())


def test_what_ends_a_compound_that_leaves_it_no_meaning() -> None:
    for text in ("real-world model", "real world model", "a real-time model"):
        places = places_of(text)
        assert [places.ends_compound(place) for place in sorted(places.tokens)] == [
            False,
            True,
            False,
        ]
    places = places_of("state-space world model")
    assert not any(map(places.ends_compound, places.tokens))
