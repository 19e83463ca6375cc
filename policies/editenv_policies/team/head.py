"""Logits of every role's numbers, from one distribution over the calls that a round can make."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from editenv.agents.roles import VERDICTS
from editenv.envs.interface import ROUND
from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.distribution import CallDistribution
from editenv_policies.sb3.extractor import Features
from editenv_policies.sb3.heads import ConditionedHead, ValueHead
from editenv_policies.team.extractor import Turns

ACTION, GOAL, REGION, TOOL = (ROUND.index(n) for n in ("action", "goal", "region", "tool"))

LEAST = -50.0
"""Of a logit: what cannot be has next to no chance, but not none, so that no loss is infinite."""


class TeamHead(nn.Module):
    """Logits of the uniform action space, by the role that is on turn.

    The coordinator's head says how likely each call is: tool, region, option. Every role reads its
    own part off it. The interpreter names the (action, goal) pair and the region of a call,
    whichever tool does it; the grounder takes the region of the calls that fit what was said, the
    selector their tool, the editor their option, each given those before. The critic submits or
    takes back as the coordinator does, and accepts where it would go on editing. What was said is
    trusted as far as learnt: a listener that sees better may not follow. Where all act at once
    nothing is decided yet, and every role takes all calls together.

    Args:
        layout: what the numbers of the uniform action space mean.
        width: of the extractor's vectors.
        size: of the action space.
    """

    pairs: Tensor
    actions: Tensor
    goals: Tensor

    def __init__(self, layout: dict[str, Any], width: int, size: int) -> None:
        super().__init__()
        self.table = CallTable.from_json(layout["calls"])
        self.size = size
        self.together = layout["together"]
        self.heads = ConditionedHead(self.table, width)
        self.verdict = nn.Linear(width, len(VERDICTS))
        self.idle = nn.Linear(width, 2)
        nn.init.normal_(self.verdict.weight, std=0.01)
        nn.init.normal_(self.idle.weight, std=0.01)
        nn.init.zeros_(self.verdict.bias)
        nn.init.zeros_(self.idle.bias)
        # How far the interpreter's action, goal and subject are trusted.
        self.trust = nn.Parameter(torch.tensor([2.0, 2.0, 2.0]))
        for name in ("pairs", "actions", "goals"):
            self.register_buffer(name, torch.from_numpy(layout[name]), persistent=False)

    def forward(self, flat: Tensor) -> Tensor:
        """Return (N, size) logits of what ``TeamExtractor`` returned."""
        features, turns = Turns.split(flat, self.table.sizes[1])
        parts = Features.unpack(features, self.table.sizes)
        found = CallDistribution(self.heads(features), self.table, parts.present > 0)
        tools = len(self.actions)
        calls = found.calls[:, :tools].log_softmax(1)[:, :, None, None]
        joint = calls + found.regions[:, :tools, :, None] + found.options[:, :tools]
        idle = self.idle(parts.summary)
        numbers = torch.full_like(turns.numbers, -1) if self.together else turns.numbers
        heard = joint - self._misheard(numbers.long()).unsqueeze(2)
        by_role = (
            torch.cat([idle[:, :1], self._said(joint)], dim=1),
            heard.logsumexp((1, 3)) + self.trust[2] * turns.named,
            *self._called(heard, numbers.long(), idle[:, 1:]),
            self.verdict(parts.summary) + self._verdicts(found.calls),
        )
        padded = [nn.functional.pad(_lifted(x), (0, self.size - x.shape[1])) for x in by_role]
        return (torch.stack(padded, dim=1) * turns.role.unsqueeze(2)).sum(1)

    def _said(self, joint: Tensor) -> Tensor:
        """(N, P * R): of each (action, goal) pair on each region, by any tool that does it.

        "Nothing to do" is one number among hundreds, but half of what there is to decide. Weighed
        against all of these together it is tried from the start, and learnt.
        """
        tool, option = self.pairs.clamp(min=0).unbind(-1)
        ways = joint[:, tool, :, option].permute(2, 0, 3, 1)
        missing = (self.pairs[..., 0] < 0).unsqueeze(1)
        return ways.masked_fill(missing, float("-inf")).logsumexp(3).flatten(1)

    def _misheard(self, numbers: Tensor) -> Tensor:
        """(N, T, O): what a call that is not what the interpreter has named loses."""
        action, goal = numbers[:, ACTION, None], numbers[:, GOAL, None, None]
        other = self.trust[0] * (self.actions != action)[:, :, None]
        other = other + self.trust[1] * (self.goals != goal)
        return other * (action > 0).unsqueeze(2)

    def _called(self, heard: Tensor, numbers: Tensor, none: Tensor) -> tuple[Tensor, Tensor]:
        """(N, T + 1) of the tools on the round's region, (N, O) of its tool's options."""
        rows = torch.arange(len(heard), device=heard.device)
        region, tool = numbers[:, REGION], numbers[:, TOOL]
        anywhere = heard.logsumexp(2)
        there = heard[rows, :, region.clamp(min=0)]
        here = torch.where((region >= 0)[:, None, None], there, anywhere)
        known = (tool >= 0) & (tool < heard.shape[1])
        chosen = here[rows, tool.clamp(0, heard.shape[1] - 1)]
        options = torch.where(known.unsqueeze(1), chosen, here.logsumexp(1))
        return torch.cat([here.logsumexp(2), none], dim=1), options

    def _verdicts(self, calls: Tensor) -> Tensor:
        """(N, 3): accept, undo and submit, as the coordinator's calls have them."""
        tools = len(self.actions)
        undo, submit = calls[:, tools], calls[:, tools + 1]
        return torch.stack([calls[:, :tools].logsumexp(1), undo, submit], dim=1)


def _lifted(logits: Tensor) -> Tensor:
    """Shift every row so that the best is 0, and let none be below ``LEAST``."""
    return (logits - logits.detach().amax(1, keepdim=True)).clamp(min=LEAST)


class TeamValue(ValueHead):
    """The value, from the coordinator's part of the features."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, 1) values."""
        return super().forward(Turns.split(features, self.sizes[1])[0])
