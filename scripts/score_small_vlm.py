"""Score the small vision-language model on held-out tasks, with and without the right picture.

    python scripts/score_small_vlm.py
    python scripts/score_small_vlm.py --model runs/small_vlm/model --split train

Answers are greedy, with things named and with things pointed at. The model is shown the picture, a
grey one, or that of another task; answers are always carried out on the right one. Tasks of the
train split from 0 on are not among those that the model learned from.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from editenv_policies.arguments import Parser, at_least, existing, run_main
from editenv_policies.grpo_vlm import (
    AnswerScores,
    EditProblems,
    Problem,
    VlmPolicy,
    evaluate,
    load_policy,
)
from editenv_policies.grpo_vlm.evaluation import TERMS
from editenv_policies.small_vlm import PROMPTS, model_folder

from editenv.envs.text import ImageEditTextEnv
from editenv.envs.text.env import SUBJECTS

IDS = ("ImageEdit-v0", "ImageEdit-Direct-v0", "ImageEdit-Indirect-v0", "ImageEdit-Retouch-v0")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--model", type=existing, default=None, help="folder; the committed model if left out"
    )
    parser.add_argument("--env", nargs="+", default=IDS, metavar="ID")
    parser.add_argument("--subjects", nargs="+", default=SUBJECTS, choices=SUBJECTS)
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--count", type=at_least(1), default=300, help="tasks an id")
    parser.add_argument("--threads", type=at_least(1), default=1, help="torch threads")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")
    return parser.parse_args()


class Mistaken(EditProblems):
    """Problems, each shown with the picture of the next one.

    Args:
        envs: of the problems.
        problems: whose pictures are shown.
    """

    def __init__(self, envs: list[ImageEditTextEnv], problems: EditProblems) -> None:
        super().__init__(envs)
        self._problems = problems

    def __getitem__(self, index: int) -> Problem:
        """Return a problem with a wrong picture."""
        return replace(self._problems[index], image=self._problems[index + 1].image)


def scores(arguments: argparse.Namespace, policy: VlmPolicy) -> Iterator[tuple[str, AnswerScores]]:
    """Judge the model for each id, way of answering and picture."""
    judged = dict.fromkeys(TERMS, 1.0)
    for name in arguments.env:
        for subjects in arguments.subjects:
            env = ImageEditTextEnv(
                name,
                split=arguments.split,
                image_size=policy.image_side,
                subjects=subjects,
                reward=judged,
            )
            asked = EditProblems([env], system_prompt=PROMPTS[subjects])
            numbers = range(arguments.count)
            label = f"`{name}` | {subjects}"
            yield f"{label} | shown", evaluate(policy, asked, numbers)
            yield f"{label} | grey", evaluate(policy, asked, numbers, blank=True)
            yield f"{label} | another", evaluate(policy, Mistaken([env], asked), numbers)


def row(label: str, found: AnswerScores) -> str:
    """A row of the table: solved tasks and the image score, with their 95 % intervals."""
    solved, low, high = (100 * value for value in found.success)
    mean, least, most = found.mean("image")
    rest = " | ".join(f"{found.mean(term)[0]:.3f}" for term in TERMS if term != "image")
    return (
        f"| {label} | {solved:.1f} [{low:.1f}, {high:.1f}] "
        f"| {mean:.3f} [{least:.3f}, {most:.3f}] | {rest} |"
    )


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    policy = load_policy(arguments.model or model_folder())
    terms = " | ".join(term for term in TERMS if term != "image")
    print(f"| id | subjects | picture | solved, % | image | {terms} |")
    print(f"|---|---|---|---|---|{'---|' * (len(TERMS) - 1)}")
    kept: dict[str, Any] = {}
    for label, found in scores(arguments, policy):
        print(row(label, found), flush=True)
        kept[label] = {"success": found.success, "image": found.mean("image")}
    if arguments.json:
        arguments.json.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
