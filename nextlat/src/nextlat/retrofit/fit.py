"""The fit of dynamics by SmoothL1 and KL on stored latents.

Of the trunk only its embedding and head are used.

The KL is over the draft vocabulary, renormalised: drafts are never taken from outside it.
Batches are functions of (seed, step), so a resumed fit continues bit for bit. Shape suffixes: B
starts, N tokens, D width, L draft vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import linear, smooth_l1_loss

from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.samples import SampledRow
from nextlat.training.run_config import ScheduleConfig
from nextlat.training.schedule import learning_rate_factor
from nextlat.trunk.trunk import Trunk

WARMUP_SHARE = 0.05


@dataclass(frozen=True)
class Starts:
    """The rows of one side of the split, end to end, and where rollouts can start.

    Attributes:
        ids_N: tokens, int64, in main memory like all of it: a batch goes to the trunk's device.
        h_ND: latents, bfloat16.
        start_S: positions t with t+1..t+horizon in the same row. Rows that begin alike, as answers
            to one instruction do, have the positions of their common beginning once.
    """

    ids_N: Tensor
    h_ND: Tensor
    start_S: Tensor

    @classmethod
    def of(cls, rows: Sequence[SampledRow], horizon: int) -> Starts:
        """Join rows; at least one."""
        positions, offset = [], 0
        seen: set[int] = set()
        for row in rows:
            # A start is new if its last target is: that lies `horizon` tokens ahead.
            first = max(0, _num_shared(row.ids_T.tolist(), seen) - horizon)
            end = max(0, len(row.ids_T) - horizon)
            positions.append(torch.arange(offset + first, offset + end))
            offset += len(row.ids_T)
        return cls(
            torch.cat([row.ids_T for row in rows]),
            torch.cat([row.h_TD for row in rows]),
            torch.cat(positions),
        )


def _num_shared(ids: Sequence[int], seen: set[int]) -> int:
    """Return how many tokens at its beginning a row shares with an earlier one.

    Args:
        ids: of the row.
        seen: hashes of all beginnings so far; those of this row are added.
    """
    num_shared = prefix_hash = 0
    for position, token in enumerate(ids):
        prefix_hash = hash((prefix_hash, token))
        if prefix_hash in seen:
            num_shared = position + 1
        seen.add(prefix_hash)
    return num_shared


def frequent_ids(rows: Sequence[SampledRow], size: int) -> Tensor:
    """Return the `size` most frequent ids of the rows, or all if fewer occur.

    The most frequent comes first, equals by id.

    Tokens of answers count three times: drafts are of answers, and prompts tell which words may
    come up.
    """
    ids_N = torch.cat(
        [torch.cat([row.ids_T, row.ids_T[row.prompt_length :].repeat(2)]) for row in rows]
    )
    counts_V = torch.bincount(ids_N)
    order_V = counts_V.argsort(descending=True, stable=True)[:size]
    return order_V[counts_V[order_V] > 0]


def _initial_dynamics(width: int, config: RetrofitConfig) -> LatentDynamics:
    """Return new dynamics, drawn on the CPU wherever the trunk is: a seed means one beginning."""
    hidden_size = config.hidden_size or -(-width * 4 // 3)
    dynamics = LatentDynamics(width, hidden_size, separate_norms=config.separate_norms)
    *_, last = dynamics.layers.parameters()
    with torch.no_grad():
        # Near "nothing changes": else the first steps only unlearn a random displacement.
        last.mul_(0.1)
    return dynamics


class Fit:
    """Dynamics being fitted.

    Args:
        trunk: frozen; gives embedding and head.
        config: of the retrofit.
        rows: to fit on, with latents.
        draft_ids_L: the draft vocabulary; None for the whole.
    """

    def __init__(
        self,
        trunk: Trunk,
        config: RetrofitConfig,
        rows: Sequence[SampledRow],
        draft_ids_L: Tensor | None,
    ) -> None:
        self.trunk, self.config = trunk, config
        self.starts = Starts.of(rows, config.horizon)
        self.dtype = torch.bfloat16 if config.dtype == "bfloat16" else torch.float32
        torch.manual_seed(config.seed)
        self.dynamics = _initial_dynamics(trunk.width, config).to(trunk.device)
        if draft_ids_L is not None:
            self.dynamics.limit_drafts(draft_ids_L)
        weight_LD, bias_L = trunk.head_rows(
            None if draft_ids_L is None else draft_ids_L.to(trunk.device)
        )
        self.head_LD = weight_LD.to(self.dtype)
        self.bias_L = None if bias_L is None else bias_L.to(self.dtype)
        self.num_steps = max(
            1, math.ceil(config.passes * len(self.starts.start_S) / config.batch_size)
        )
        self.optimizer = torch.optim.AdamW(
            self.dynamics.parameters(),
            lr=config.learning_rate,
            betas=(0.9, 0.95),
            weight_decay=config.weight_decay,
        )
        self.step = 0

    def learning_rate(self) -> float:
        """Return the learning rate of the next step: a short warm-up, then a cosine to 0."""
        warmup = max(1, math.ceil(WARMUP_SHARE * self.num_steps))
        schedule = ScheduleConfig(kind="cosine", warmup_steps=warmup, final_factor=0.0)
        return self.config.learning_rate * learning_rate_factor(schedule, self.step, self.num_steps)

    def advance(self) -> dict[str, float]:
        """Do one step; return its losses, means over starts and rollout steps."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        start_B = self._batch()
        latent, kl = self.losses(start_B)
        self.optimizer.zero_grad(set_to_none=True)
        (self.config.latent_weight * latent + self.config.kl_weight * kl).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.dynamics.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return {
            "next_latent": float(latent.detach()),
            "kl": float(kl.detach()),
            "gradient_norm": float(norm),
        }

    def _batch(self) -> Tensor:
        """Return the starts of the next step, a function of seed and step.

        Each pass over the data takes every start once.
        """
        total, missing = len(self.starts.start_S), self.config.batch_size
        drawn: list[Tensor] = []
        position = self.step * missing
        while missing:
            number, within = divmod(position, total)
            order = torch.randperm(
                total, generator=torch.Generator().manual_seed(self.config.seed * 1000 + number)
            )
            drawn.append(order[within : within + missing])
            missing -= len(drawn[-1])
            position += len(drawn[-1])
        return self.starts.start_S[torch.cat(drawn)]

    def losses(self, start_B: Tensor) -> tuple[Tensor, Tensor]:
        """Return the SmoothL1 and the KL of rollouts from these starts, in nats."""
        device = self.trunk.device
        h_BD = self.starts.h_ND[start_B].to(device).float()
        latent = kl = torch.zeros((), device=device)
        for i in range(1, self.config.horizon + 1):
            e_BD = self.trunk.embed(self.starts.ids_N[start_B + i].to(device)).detach().float()
            with torch.autocast(device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
                h_BD = self.dynamics.step(h_BD, e_BD)
            target_BD = self.starts.h_ND[start_B + i].to(device)
            latent = latent + smooth_l1_loss(h_BD, target_BD.float()) / self.config.horizon
            if self.config.kl_weight:
                with torch.no_grad():
                    teacher_BL = self.logits(target_BD).log_softmax(dim=-1)
                student_BL = self.logits(h_BD).log_softmax(dim=-1)
                kl = (
                    kl
                    + (teacher_BL.exp() * (teacher_BL - student_BL)).sum(-1).mean()
                    / self.config.horizon
                )
        return latent, kl

    def logits(self, h_BD: Tensor) -> Tensor:
        """Return logits over the draft vocabulary, `[B, L]`, float32."""
        return linear(h_BD.to(self.dtype), self.head_LD, self.bias_L).float()
