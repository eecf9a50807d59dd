"""Next-latent prediction equals the naive reference in value and gradient, and keeps the laws of
its definition."""

from __future__ import annotations

import pytest
import torch
from naive_reference import Naive
from tiny_trunks import FAMILIES, tiny_trunk

from nextlat.batch import Batch
from nextlat.errors import SequenceError, UsageError
from nextlat.model.learner import Learner
from nextlat.model.nextlat import NextLat
from nextlat.objectives import frozen_kl
from nextlat.objectives.next_latent import NextLatent, NextLatentConfig
from nextlat.objectives.next_token import NextToken, NextTokenConfig
from nextlat.trunk.trunk import Trunk

V, B, T = 23, 3, 9


def sequences(seed: int = 0) -> torch.Tensor:
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(seed))


def masked_case(kind: str) -> dict[str, torch.Tensor]:
    """Return the masking arguments of one case."""
    ids = sequences()
    labels, documents, mask = ids.clone(), torch.zeros_like(ids), torch.ones_like(ids)
    labels[:, :4] = -100
    labels[1, 6] = -100
    documents[0, 5:], documents[1, 2:6], documents[1, 6:] = 1, 3, 4
    mask[0, -2:], mask[2, -1:] = 0, 0
    chosen = {
        "plain": {},
        "labels": {"labels": labels},
        "documents": {"document_ids": documents},
        "padding": {"attention_mask": mask},
        "all": {"labels": labels, "document_ids": documents, "attention_mask": mask},
    }
    return chosen[kind]


def gradients(loss: torch.Tensor, module: torch.nn.Module) -> dict[str, torch.Tensor]:
    module.zero_grad()
    loss.backward(retain_graph=True)
    return {
        name: torch.zeros_like(parameter) if parameter.grad is None else parameter.grad.clone()
        for name, parameter in module.named_parameters()
    }


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tied", [False, True])
def test_every_term_equals_the_naive_reference_in_value_and_gradient(
    family: str, tied: bool
) -> None:
    nl = NextLat(tiny_trunk(family, tied=tied), horizon=3)
    check_against_reference(nl, masked_case("plain"), 3)


@pytest.mark.parametrize("kind", ["labels", "documents", "padding", "all"])
@pytest.mark.parametrize("horizon", [1, 2, 4])
def test_masks_equal_the_naive_reference(kind: str, horizon: int) -> None:
    check_against_reference(NextLat(tiny_trunk(), horizon=horizon), masked_case(kind), horizon)


def check_against_reference(nl: NextLat, masks: dict[str, torch.Tensor], horizon: int) -> None:
    ids = sequences()
    losses = nl(ids, **masks)
    reference = Naive(
        nl.trunk, nl.dynamics.step, ids,
        masks.get("labels"), masks.get("document_ids"), masks.get("attention_mask"), horizon,
    )  # fmt: skip
    for name in ("next_token", "next_latent", "kl"):
        ours, theirs = getattr(losses, name), getattr(reference, name)()
        assert ours.ndim == 0
        assert ours.dtype == torch.float64
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
        mine, other = gradients(ours, nl), gradients(theirs, nl)
        for parameter in mine:
            torch.testing.assert_close(
                mine[parameter],
                other[parameter],
                rtol=1e-8,
                atol=1e-11,
                msg=lambda m, p=parameter: f"{p}: {m}",
            )
    torch.testing.assert_close(losses.total, losses.next_token + losses.next_latent + losses.kl)


@pytest.mark.parametrize("term", ["next_latent", "kl"])
def test_head_and_targets_get_exactly_no_gradient(term: str) -> None:
    trunk = tiny_trunk()
    nl = NextLat(trunk, horizon=2)
    found = gradients(getattr(nl(sequences()), term), nl)
    assert torch.equal(found["trunk.lm_head.weight"], torch.zeros_like(trunk.lm_head.weight))
    # With the starting state and the embeddings detached, nothing but targets is left to carry
    # gradient.
    detached = NextLat(trunk, config=NextLatentConfig(horizon=2, detach_start=True))
    detached.objective.dynamics.load_state_dict(nl.dynamics.state_dict())
    found = gradients(getattr(detached(sequences()), term), detached)
    for name, gradient in found.items():
        assert bool(gradient.any()) == name.startswith("objective.dynamics"), name


def test_detached_start_has_the_same_values_and_leaves_the_trunk_to_next_tokens() -> None:
    trunk = tiny_trunk()
    nl = NextLat(trunk, horizon=2)
    control = NextLat(trunk, config=NextLatentConfig(horizon=2, detach_start=True))
    control.objective.dynamics.load_state_dict(nl.dynamics.state_dict())
    ours, theirs = nl(sequences()), control(sequences())
    for name in ("next_token", "next_latent", "kl", "total"):
        assert torch.equal(getattr(ours, name), getattr(theirs, name))
    baseline = gradients(Learner(trunk, NextToken(NextTokenConfig()))(sequences()).total, trunk)
    for name, gradient in gradients(theirs.total, control).items():
        if name.startswith("trunk."):
            torch.testing.assert_close(
                gradient, baseline[name.removeprefix("trunk.")], rtol=1e-12, atol=1e-14
            )


@pytest.mark.parametrize("training", [True, False])
def test_weight_zero_is_the_baseline_bit_for_bit(training: bool) -> None:
    trunk = tiny_trunk(dtype=torch.float32)
    nl = NextLat(trunk, horizon=2, latent_weight=0, kl_weight=0).train(training)
    plain = Learner(trunk, NextToken(NextTokenConfig())).train(training)
    ours, theirs = nl(sequences()), plain(sequences())
    assert torch.equal(ours.total, theirs.total)
    assert torch.equal(ours.total, trunk(input_ids=sequences(), labels=sequences()).loss)
    mine = gradients(ours.total, nl)
    for name, gradient in gradients(theirs.total, plain).items():
        assert torch.equal(gradient, mine[name]), name
    assert all(
        not bool(gradient.any()) for name, gradient in mine.items() if name.startswith("objective.")
    )
    measured = NextLat(trunk, horizon=2).eval()
    measured.objective.dynamics.load_state_dict(nl.dynamics.state_dict())
    assert ours.kl == (0 if training else measured(sequences()).kl)


def test_no_term_crosses_a_document() -> None:
    """With documents isolated, a packed row's losses are those of its documents apart, weighed by
    their counts."""
    trunk = tiny_trunk()
    config = NextLatentConfig(horizon=2, isolate_documents=True)
    nl = NextLat(trunk, config=config)
    ids = sequences()[:1]
    documents = torch.tensor([[4, 4, 4, 4, 7, 7, 7, 7, 7]])
    packed = nl(ids, document_ids=documents)
    parts = [Batch(ids[:, :4]), Batch(ids[:, 4:])]
    whole = nl.objective.counts(Batch(ids, document_ids_BT=documents))
    apart = [nl.losses(part, counts=whole) for part in parts]
    for name in ("next_token", "next_latent", "kl", "total"):
        torch.testing.assert_close(
            getattr(packed, name),
            getattr(apart[0], name) + getattr(apart[1], name),
            rtol=1e-10,
            atol=1e-12,
        )


def test_documents_touch_no_gradient_of_each_other() -> None:
    nl = NextLat(tiny_trunk(layers=1), config=NextLatentConfig(horizon=3, isolate_documents=True))
    ids = torch.arange(1, 9)[None]
    documents = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]])
    labels = ids.clone()
    labels[:, 4:] = -100
    found = gradients(nl(ids, labels=labels, document_ids=documents).kl, nl)[
        "trunk.model.embed_tokens.weight"
    ]
    assert found[1:5].any()
    assert not found[5:].any()


def test_token_terms_never_see_the_prompt_and_the_latent_term_does() -> None:
    nl = NextLat(tiny_trunk(), horizon=1)
    ids = sequences()
    labels = ids.clone()
    labels[:, :5] = -100
    other = labels.clone()
    other[:, :5] = -100
    losses = nl(ids, labels=labels)
    whole = nl(ids)
    assert losses.next_latent == whole.next_latent
    assert losses.next_token != whole.next_token
    counts = nl.objective.counts(Batch(ids, labels))
    assert counts["next_token"].tolist() == [B * (T - 5)]
    assert counts["next_latent"].tolist() == [B * (T - 1)]
    assert counts["kl"].tolist() == [B * (T - 5)]


def test_padding_changes_nothing_whatever_it_holds() -> None:
    nl = NextLat(tiny_trunk(), horizon=2)
    ids, mask = sequences(), torch.ones(B, T, dtype=torch.long)
    mask[:, -3:] = 0
    other = torch.where(mask.bool(), ids, (ids + 5) % V)
    ours, theirs, short = (
        nl(ids, attention_mask=mask),
        nl(other, attention_mask=mask),
        nl(ids[:, :-3]),
    )
    for name in ("next_token", "next_latent", "kl"):
        torch.testing.assert_close(getattr(ours, name), getattr(theirs, name), rtol=1e-12, atol=0)
        torch.testing.assert_close(getattr(ours, name), getattr(short, name), rtol=1e-10, atol=0)


def test_chunks_of_the_kl_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nl = NextLat(tiny_trunk(), horizon=2)
    whole = nl(sequences())
    expected = gradients(whole.kl, nl)
    monkeypatch.setattr(frozen_kl, "CHUNK_ELEMENTS", 2 * V)
    chunked = nl(sequences())
    torch.testing.assert_close(chunked.kl, whole.kl, rtol=1e-12, atol=0)
    for name, gradient in gradients(chunked.kl, nl).items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-10, atol=1e-13)


def test_kl_never_holds_more_logits_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen_kl, "CHUNK_ELEMENTS", 4 * V)
    seen: list[int] = []
    original = Trunk.frozen_logits

    def watched(self: Trunk, h: torch.Tensor) -> torch.Tensor:
        seen.append(h.shape[0])
        return original(self, h)

    monkeypatch.setattr(Trunk, "frozen_logits", watched)
    NextLat(tiny_trunk(), horizon=3)(sequences()).total.backward()
    assert max(seen) <= 4
    assert sum(seen) == B * sum(T - i - 1 for i in (1, 2, 3))


def test_low_precision_is_computed_in_float32() -> None:
    nl = NextLat(tiny_trunk(dtype=torch.bfloat16), horizon=2)
    losses = nl(sequences())
    assert {loss.dtype for loss in losses.named().values()} == {torch.float32}
    losses.total.backward()
    assert nl.dynamics.dtype == torch.float32
    h = torch.zeros(2, 16, dtype=torch.bfloat16)
    assert nl.dynamics.step(h, h).dtype == torch.bfloat16


def test_parts_of_a_batch_add_up_to_it() -> None:
    nl = NextLat(tiny_trunk(), horizon=2)
    masks = masked_case("all")
    batch = Batch(sequences(), masks["labels"], masks["document_ids"], masks["attention_mask"])
    counts = nl.objective.counts(batch)
    whole = nl.losses(batch)
    parts = [nl.losses(batch.rows(slice(i, i + 1)), counts) for i in range(B)]
    for name, value in whole.named().items():
        torch.testing.assert_close(
            value, sum(getattr(part, name) for part in parts), rtol=1e-10, atol=0
        )


def test_ramps_scale_a_terms_weight() -> None:
    nl = NextLat(tiny_trunk(), horizon=1, latent_weight=2, kl_weight=3)
    losses = nl.losses(Batch(sequences()), ramps={"kl": 0.25})
    torch.testing.assert_close(
        losses.total, losses.next_token + 2 * losses.next_latent + 0.75 * losses.kl
    )


def test_a_sequence_not_longer_than_the_horizon_is_refused() -> None:
    nl = NextLat(tiny_trunk(), horizon=4)
    with pytest.raises(SequenceError, match="4 tokens is too short for horizon 4"):
        nl(sequences()[:, :4])
    assert nl(sequences()[:, :5]).next_latent > 0


@pytest.mark.parametrize(
    ("values", "said"), [({"horizon": 0}, "horizon 0"), ({"kl_weight": -1.0}, "kl_weight -1.0"), ({"latent_weight": float("nan")}, "latent_weight nan")]
)  # fmt: skip
def test_values_out_of_range_are_refused(values: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        NextLat(tiny_trunk(), **values)


def test_the_objective_owns_no_parameter_of_the_trunk() -> None:
    trunk = tiny_trunk()
    objective = NextLatent.build(Trunk(trunk), NextLatentConfig())
    own = {parameter.data_ptr() for parameter in trunk.parameters()}
    assert not own & {parameter.data_ptr() for parameter in objective.parameters()}
    assert set(objective.state_dict()) == {
        "dynamics.norm.weight",
        *(f"dynamics.layers.{i}.weight" for i in range(3)),
    }
