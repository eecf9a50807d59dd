"""Wordings of a query: as written, acronyms and long forms, Chinese and English."""

import pytest

from academichub.index.positions import content_tokens
from academichub.radar.wordings import MAX_WORDS, Phrase, Slot, Wording, wordings_of

LONG_FORMS = {"llm": ("larg", "languag", "model"), "rag": ("retriev", "augment", "generat")}


def slots(words: str, long_forms: dict[str, Phrase] | None = None) -> list[tuple[Slot, ...]]:
    return [wording.slots for wording in wordings_of(words, long_forms or {})]


def phrase(words: str) -> Phrase:
    return tuple(content_tokens(words))


def test_words_are_slots_of_their_own() -> None:
    assert slots("the invented ocean") == [((("invent",),), (("ocean",),))]
    assert slots("") == slots("of the") == []


def test_an_acronym_is_also_its_long_form() -> None:
    assert slots("LLM serving", LONG_FORMS)[0] == (
        (("llm",), ("larg", "languag", "model")),
        (("serv",),),
    )
    assert slots("LLMs", LONG_FORMS) == slots("LLM", LONG_FORMS)


def test_a_long_form_is_also_its_acronym() -> None:
    rows = slots("serving large language models", LONG_FORMS)
    assert rows[0] == ((("serv",),), (("larg",),), (("languag",),), (("model",),))
    assert ((("serv",),), (("larg", "languag", "model"), ("llm",))) in rows


def test_initials_of_three_words_are_an_acronym_without_a_definition_of_two_are_not() -> None:
    assert ((("alpha", "beta", "gamma"), ("abg",)),) in slots("alpha beta gamma")
    assert slots("alpha beta") == [((("alpha",),), (("beta",),))]
    assert ((("alpha", "beta"), ("ab",)),) in slots("alpha beta", {"ab": ("alpha", "beta")})


@pytest.mark.parametrize("words", ["世界模型", "檢索增強生成", "检索增强生成"])
def test_chinese_is_a_phrase_first_and_then_english(words: str) -> None:
    rows = slots(words)
    assert rows[0] == ((phrase(words),),)
    english = {"世": "world model", "檢": "retrieval-augmented generation"}
    english["检"] = english["檢"]
    (forms,) = rows[-1]
    assert phrase(english[words[0]]) in forms


def test_both_scripts_have_the_same_wordings() -> None:
    assert slots("檢索增強生成") == slots("检索增强生成")
    assert slots("機器學習") == slots("机器学习")


def test_the_words_of_taiwan_are_also_those_of_the_glossary() -> None:
    as_written, in_glossary, *_, english = slots("脈衝神經網路")
    assert as_written == ((phrase("脉冲神经网路"),),)
    assert in_glossary == ((phrase("脉冲神经网络"),),)
    assert english == slots("脉冲神经网络")[-1]


def test_english_is_also_chinese_if_the_glossary_has_every_word() -> None:
    (chinese,) = slots("world models")[-1]
    assert phrase("世界模型") in chinese
    assert slots("world zzyx") == [((("world",),), (("zzyx",),))]


def test_languages_may_be_mixed() -> None:
    rows = slots("LLM 隐私", LONG_FORMS)
    acronym, privacy = rows[-1]
    assert acronym == (("llm",), ("larg", "languag", "model"))
    assert ("privaci",) in privacy
    assert rows == slots("LLM 隱私", LONG_FORMS)


def test_what_the_glossary_lacks_stays_chinese() -> None:
    assert slots("龘")[-1] == ((("龘",),),)


def test_wordings_are_unique_and_long_queries_are_cut() -> None:
    rows = slots(" ".join(f"word{number}" for number in range(100)))
    assert len(rows[0]) == MAX_WORDS
    for words in ("LLM LLM", "世界模型 世界模型", "world model world model"):
        wordings = wordings_of(words, LONG_FORMS)
        assert len(set(wordings)) == len(wordings)


def test_the_tokens_of_a_wording_are_those_of_all_its_phrases() -> None:
    wording = Wording(((("llm",), ("larg", "model")), (("serv",),)))
    assert wording.tokens == {"llm", "larg", "model", "serv"}


@pytest.mark.parametrize(
    "query",
    ["X射线衍射", "x射線衍射", "X-ray diffraction"],
    ids=["simplified", "traditional", "English"],
)
def test_a_chinese_term_with_latin_letters_is_one_term(query: str) -> None:
    diffraction = tuple(content_tokens("X-ray diffraction"))
    wordings = [wording.slots for wording in wordings_of(query, {})]
    assert any(len(slots) == 1 and diffraction in slots[0] for slots in wordings)


def test_words_around_a_term_with_latin_letters_stay() -> None:
    slots = wordings_of("deep learning 的胸部X光", {})[-1].slots
    tokens = {phrase for slot in slots for phrase in slot}
    assert ("deep",) in tokens and tuple(content_tokens("chest X-ray")) in tokens
