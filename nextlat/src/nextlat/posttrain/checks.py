"""Checks before training: lengths, templates, sizes and the verifier.

They find what would otherwise go wrong in the middle of training.
"""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PretrainedConfig, PreTrainedTokenizerBase

from nextlat.errors import DataError, ModelError, UsageError
from nextlat.posttrain.models import context_length, prompt_ids
from nextlat.posttrain.problems import Demonstration, Problem, Prompt, prompt_key
from nextlat.posttrain.settings import GrpoSettings, PosttrainConfig, SftSettings
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Verifier

PROBED = 4
"""Problems the verifier is tried on before training."""


def check_run(
    config: PosttrainConfig,
    problems: Sequence[Problem],
    train_count: int,
    demonstrations: Sequence[Demonstration],
    tokenizer: PreTrainedTokenizerBase,
    model_config: PretrainedConfig,
) -> None:
    """Refuse a run that could not go to its end.

    Args:
        config: the run.
        problems: all problems, of both sides.
        train_count: problems of training.
        demonstrations: of supervised fine-tuning; may be empty.
        tokenizer: the model's.
        model_config: the model's.

    Raises:
        ModelError: the prompts are chats and the tokenizer has no chat template.
        DataError: a prompt or demonstration has no tokens, or too many.
        UsageError: completions do not fit the context, or there are fewer problems than a step
            needs.
    """
    check_template([row.prompt for rows in (problems, demonstrations) for row in rows], tokenizer)
    check_prompts(problems, tokenizer, config.grpo, context_length(model_config))
    if train_count < config.grpo.prompts_a_step:
        raise UsageError(
            f"a step of reinforcement learning takes {config.grpo.prompts_a_step} problems, and "
            f"training has {train_count}; lower grpo.per_device_train_batch_size or "
            "grpo.gradient_accumulation_steps, or add rows"
        )
    if demonstrations:
        check_unseen(problems, demonstrations)
        check_demonstrations(demonstrations, tokenizer, config.sft, context_length(model_config))


def check_unseen(problems: Sequence[Problem], demonstrations: Sequence[Demonstration]) -> None:
    """Refuse demonstrations of held-out problems: evaluation would ask what fine-tuning has shown.

    Raises:
        DataError: there are some.
    """
    shown = {prompt_key(demonstration.prompt) for demonstration in demonstrations}
    seen = [
        problem
        for problem in problems
        if problem.split == "held_out" and prompt_key(problem.prompt) in shown
    ]
    if seen:
        raise DataError(
            f"{len(seen)} held-out problems are among the demonstrations, such as {seen[0].id} "
            f'({_short(seen[0].text)}); take them out of the demonstrations, or give them "split": '
            '"train"'
        )


def check_template(prompts: Sequence[Prompt], tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse chats without a template.

    Raises:
        ModelError: the tokenizer has none.
        DataError: some prompts are chats and others are text, which TRL cannot mix.
    """
    chats = [not isinstance(prompt, str) for prompt in prompts]
    if any(chats) and not tokenizer.chat_template:
        raise ModelError(
            "the prompts are chat messages, and the tokenizer has no chat template; write the "
            "prompts as text, or use a chat model"
        )
    if any(chats) and not all(chats):
        raise DataError(
            f"{sum(chats)} of {len(chats)} prompts are chat messages and the others text; write "
            "all in one form"
        )


def check_prompts(
    problems: Sequence[Problem],
    tokenizer: PreTrainedTokenizerBase,
    grpo: GrpoSettings,
    context: int | None,
) -> None:
    """Refuse prompts without tokens, or too long for their limit or the model.

    Raises:
        DataError: a prompt has no tokens, or more than `max_prompt_length` or the context.
        UsageError: a prompt fits, but not together with a completion.
    """
    for problem in problems:
        length = len(prompt_ids(tokenizer, problem.prompt))
        name = f"problem {problem.id} ({_short(problem.text)})"
        if length == 0:
            raise DataError(f"{name} has no tokens for this tokenizer; change the row")
        _check_prompt_length(name, length, grpo.max_prompt_length)
        if context is not None:
            _check_context(name, length, grpo.max_completion_length, context)


def _check_prompt_length(name: str, length: int, limit: int | None) -> None:
    if limit is not None and length > limit:
        raise DataError(
            f"{name} has {length} tokens, more than grpo.max_prompt_length={limit}; shorten it or "
            "raise the limit"
        )


def _check_context(name: str, length: int, completion: int, context: int) -> None:
    """Refuse a prompt that leaves no room for its completion in the model's context."""
    if length >= context:
        raise DataError(
            f"{name} has {length} tokens, and the model's context is {context}; shorten the prompt"
        )
    if length + completion > context:
        raise UsageError(
            f"{name} has {length} tokens; with grpo.max_completion_length={completion} that is "
            f"more than the model's context of {context}; set "
            f"grpo.max_completion_length={context - length} or less"
        )


def check_demonstrations(
    demonstrations: Sequence[Demonstration],
    tokenizer: PreTrainedTokenizerBase,
    sft: SftSettings,
    context: int | None,
) -> None:
    """Refuse demonstrations that would be cut.

    Raises:
        DataError: one has more tokens than `sft.max_length`.
        UsageError: `sft.max_length` is above the model's context, and a row would not fit it.
    """
    for number, shown in enumerate(demonstrations, start=1):
        completion = len(tokenizer(shown.completion, add_special_tokens=False)["input_ids"])
        length = len(prompt_ids(tokenizer, shown.prompt)) + completion + 1
        _check_demonstration(number, length, sft.max_length, context)


def _check_demonstration(number: int, length: int, limit: int, context: int | None) -> None:
    if length > limit:
        raise DataError(
            f"demonstration {number} has about {length} tokens, more than sft.max_length={limit}; "
            "shorten it or raise sft.max_length (nothing is cut silently)"
        )
    if context is not None and length > context:
        raise UsageError(
            f"demonstration {number} has about {length} tokens, and the model's context is "
            f"{context}; shorten it"
        )


def probe(verifier: Verifier, strategies: Strategies | None, problems: Sequence[Problem]) -> None:
    """Call the user's functions before training, on the empty completion and on the answer alone.

    Raises:
        VerifierError: one of them fails.
    """
    for problem in problems[:PROBED]:
        for completion in ("", problem.answer or "?"):
            verifier(completion, problem)
            if strategies is not None:
                strategies(completion, problem)
        if strategies is not None:
            strategies.prefixes(problem)


def check_prefixes(
    strategies: Strategies,
    problems: Sequence[Problem],
    tokenizer: PreTrainedTokenizerBase,
    grpo: GrpoSettings,
) -> tuple[str, ...]:
    """Return the strategies that can be forced, the same for every problem.

    Raises:
        UsageError: they differ between problems, or a prefix fills the whole completion.
    """
    names: tuple[str, ...] = ()
    for problem in problems:
        prefixes = strategies.prefixes(problem)
        names = names or tuple(prefixes)
        if set(prefixes) != set(names):
            raise UsageError(
                f"prefixes of problem {problem.id} are of {sorted(prefixes)}, of others "
                f"{sorted(names)}; give each problem the same strategies"
            )
        for name, text in prefixes.items():
            length = len(tokenizer(text, add_special_tokens=False)["input_ids"])
            _check_prefix(name, length, grpo.max_completion_length)
    return names


def _check_prefix(name: str, length: int, limit: int) -> None:
    # As many as the limit is too many: a completion of the prefix alone has no answer.
    if length >= limit:
        raise UsageError(
            f"the prefix of strategy {name!r} has {length} tokens, as many as "
            f"grpo.max_completion_length={limit}; shorten it or allow longer completions"
        )


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
