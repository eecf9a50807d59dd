"""How much a model is asked, by its name."""

from __future__ import annotations

import pytest

from academichub.llm.capability import capability_of


@pytest.mark.parametrize(
    ("model", "expected"),
    [("HuggingFaceTB/SmolLM2-135M-Instruct", "small"), ("qwen2.5:1.5b", "small"), ("Llama-3.2-3B-Instruct", "medium"),
     ("llama3:8b", "medium"), ("mixtral-8x7b", "medium"), ("Qwen2.5-32B", "large"), ("llama-3.3-70b-versatile", "large"),
     ("gpt-5", "large"), ("openai/gpt-4.1", "large"), ("gpt-4o-mini", "medium"), ("claude-sonnet-4", "large"),
     ("claude-haiku", "medium"), ("deepseek-chat", "large"), ("gemini-2.5-flash", "medium"), ("qwen-max", "large"),
     ("some-model", "medium"), ("", "medium")],
)  # fmt: skip
def test_by_name(model: str, expected: str) -> None:
    assert capability_of("auto", model) == expected


@pytest.mark.parametrize("setting", ["small", "medium", "large"])
def test_the_setting_wins(setting: str) -> None:
    assert capability_of(setting, "gpt-5") == setting
