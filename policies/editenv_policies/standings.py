"""Several policies on the same tasks: a table, paired differences, groups of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editenv_policies.comparison import Paired, compare
from editenv_policies.evaluation import Evaluation, Outcome, score
from editenv_policies.report import markdown_table


@dataclass(frozen=True)
class Standings:
    """How policies did.

    Attributes:
        outcomes: by policy, how each task went; at least one policy, all on the same tasks.
        groups: by grouping, which groups each task is in.
    """

    outcomes: Mapping[str, Sequence[Outcome]]
    groups: Mapping[str, Sequence[tuple[str, ...]]]

    @property
    def scores(self) -> dict[str, Evaluation]:
        """By policy."""
        return {name: score(outcomes) for name, outcomes in self.outcomes.items()}

    @property
    def paired(self) -> dict[str, Paired]:
        """Every policy but the first, compared with the first."""
        first, *others = self.outcomes
        return {name: compare(self.outcomes[first], self.outcomes[name]) for name in others}

    def by_group(self, by: str) -> dict[str, dict[str, Evaluation]]:
        """By group, then by policy; a task counts in each of its groups."""
        names = sorted({name for task in self.groups[by] for name in task})
        return {name: self._within(by, name) for name in names}

    def _within(self, by: str, group: str) -> dict[str, Evaluation]:
        chosen = [number for number, task in enumerate(self.groups[by]) if group in task]
        return {
            name: score(outcomes[number] for number in chosen)
            for name, outcomes in self.outcomes.items()
        }

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        first = next(iter(self.outcomes))
        return {
            "policies": {name: score.as_json() for name, score in self.scores.items()},
            "paired": [
                {"first": first, "second": name, **paired.as_json()}
                for name, paired in self.paired.items()
            ],
            "by": {
                by: {
                    group: {name: score.as_json() for name, score in scores.items()}
                    for group, scores in self.by_group(by).items()
                }
                for by in self.groups
            },
        }

    def as_markdown(self) -> str:
        """Render for people."""
        first = next(iter(self.outcomes))
        parts = [markdown_table(self.scores)]
        if self.paired:
            lines = [f"- {name} against {first}: {paired}" for name, paired in self.paired.items()]
            parts.append("\n".join(["On the same tasks:", *lines]))
        parts += [self._group_table(by) for by in self.groups]
        return "\n\n".join(parts)

    def _group_table(self, by: str) -> str:
        names = list(self.outcomes)
        lines = [f"| {by} | tasks | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
        for group, scores in self.by_group(by).items():
            cells = [str(scores[name]) for name in names]
            lines.append(f"| {group} | {scores[names[0]].episodes} | {' | '.join(cells)} |")
        return "\n".join(lines)
