"""When does it pay to edit step by step?

    python benchmarks/turns_study.py tools --json benchmarks/turns_tools.json
    python benchmarks/turns_study.py model --json benchmarks/turns_model.json

``tools``: an editor that is called once for all edits may miss some of them, but the picture passes
through it once; called once for every edit, it misses none, and the picture passes through it each
time and loses a little. Complex-Edit (Yang et al., 2025) found that with diffusion editors the
second way degrades pictures. Here targets are exact, so that it can be said from which rate of
misses it pays, by number of edits and by what a passage costs (noise of some levels of 255).

``model``: the small vision-language model answers with all edits at once, or with one edit a turn,
seeing what the one before it did. The best of N samples is the one with the best image score, as a
perfect judge would choose it. Tokens are those of prompts, pictures and answers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from editenv_policies.arguments import Parser, at_least, existing, run_main
from editenv_policies.evaluation import wilson_interval
from editenv_policies.grpo_vlm import Problem, SamplingSettings, VlmPolicy, load_policy
from editenv_policies.grpo_vlm.generate import greedy, sample
from editenv_policies.grpo_vlm.prompts import encode_prompts
from editenv_policies.small_vlm import SHORT_PROMPT, chat, model_folder
from editenv_policies.small_vlm.prompt import NEXT_PROMPT

from editenv.agents.roles import Intent
from editenv.answers import parse_answer, write_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.failure import Failure
from editenv.tools import Edited
from editenv.tools.base import Target
from editenv.types import Image, Mask

LOSSES = ("1", "1.5", "2", "2.5", "3", "4")
"""Standard deviations of the noise of a passage, in levels of 255."""

PASSAGE = Intent("passage", "whole image", "")

MOST_TURNS = 5


class Passage:
    """The picture passes through an editor, which changes nothing else."""

    name = action = "passage"
    target: Target = "image"
    options = LOSSES

    def apply(
        self, images: Sequence[Image], masks: Sequence[Mask], options: Sequence[int]
    ) -> list[Edited | Failure]:
        """Disturb (H, W, 3) uint8 pictures; the same picture always in the same way."""
        return [
            Edited(_through(image, float(LOSSES[option])), mask)
            for image, mask, option in zip(images, masks, options, strict=True)
        ]

    def adds(self, option: int) -> str | None:
        """Nothing."""
        return None

    def relabel(self, label: str, option: int) -> str:
        """Nothing is called anything else."""
        return label


def _through(image: np.ndarray, loss: float) -> np.ndarray:
    noise = np.random.default_rng(crc32(image.tobytes())).normal(0, loss, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", choices=("tools", "model"))
    parser.add_argument("--model", type=existing, default=None, help="default: the small model")
    parser.add_argument("--count", type=at_least(1), default=100, help="tasks a number of edits")
    parser.add_argument("--best-of", type=at_least(1), default=4, help="samples of the best-of-N")
    parser.add_argument("--threads", type=at_least(1), default=1)
    parser.add_argument("--json", type=Path, required=True)
    return parser.parse_args()


def tasks_by_edits(env: ImageEditTextEnv, edits: Sequence[int], count: int) -> dict[int, list[int]]:
    """The numbers of the first ``count`` tasks of each number of edits."""
    found: dict[int, list[int]] = {n: [] for n in edits}
    number = 0
    while any(len(numbers) < count for numbers in found.values()):
        numbers = found.get(len(env.tasks[number].sub_edits))
        if numbers is not None and len(numbers) < count:
            numbers.append(number)
        number += 1
    return found


def study_tools(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row for each number of edits and loss."""
    names = ImageEditTextEnv("ImageEdit-v0").rules.tools
    env = ImageEditTextEnv(
        "ImageEdit-v0", split="test", image_size=128, tools=[*names, Passage()], reward="outcome"
    )
    for edits, numbers in tasks_by_edits(env, (1, 2, 3), arguments.count).items():
        for loss in LOSSES:
            through = Intent(PASSAGE.action, PASSAGE.subject, loss)
            once = stepwise = 0
            for number in numbers:
                right = _reference(env, number)
                each = [intent for edit in right for intent in (edit, through)]
                texts = [write_answer([*right, through]), write_answer(each)]
                results = env.score_answers(number, texts)
                once += results[0]["is_success"]
                stepwise += results[1]["is_success"]
            yield tools_row(edits, loss, len(numbers), once, stepwise, arguments.best_of)


def _reference(env: ImageEditTextEnv, number: int) -> tuple[Intent, ...]:
    env.reset(options={"task": number})
    return parse_answer(env.reference_answer()).edits


def tools_row(
    edits: int, loss: str, count: int, once: int, stepwise: int, best_of: int
) -> dict[str, Any]:
    """What was measured, and the rate of misses an edit from which single calls pay.

    All edits in one call come out with probability ``once (1 - m) ** edits``; the break-even m
    makes it equal to ``stepwise``. Of N calls the best one counts.
    """
    share, wanted = once / count, stepwise / count
    one_of_n = 1 - (1 - wanted) ** (1 / best_of)

    def break_even(needed: float) -> float | None:
        return None if not share else max(0.0, 1 - (min(needed / share, 1)) ** (1 / edits))

    return {
        "edits": edits,
        "loss": float(loss),
        "tasks": count,
        "once": [share, *wilson_interval(once, count)],
        "stepwise": [wanted, *wilson_interval(stepwise, count)],
        "break_even": break_even(wanted),
        "break_even_best_of": break_even(one_of_n),
    }


@dataclass
class Episode:
    """One try at a task.

    Attributes:
        tokens: read and written so far.
        success: whether it was solved.
        image: the image score, 0 to 1.
    """

    tokens: int = 0
    success: bool = False
    image: float = 0.0


def play(
    policy: VlmPolicy, numbers: Sequence[int], system: str, turns: int, seed: int | None
) -> list[Episode]:
    """Let the model work on tasks, each token drawn with ``seed`` or, with None, the best one."""
    envs = [
        ImageEditTextEnv(
            "ImageEdit-v0",
            split="test",
            image_size=policy.image_side,
            max_turns=turns,
            reward={"image": 1.0},
        )
        for _ in numbers
    ]
    observations = [env.reset(options={"task": n})[0] for env, n in zip(envs, numbers, strict=True)]
    episodes = [Episode() for _ in numbers]
    open_ones = list(range(len(numbers)))
    for turn in range(turns):
        asked = [
            Problem(i, chat(observations[i]["text"], system), observations[i]["image"])
            for i in open_ones
        ]
        texts = answer(policy, asked, None if seed is None else seed + turn, episodes, open_ones)
        left = []
        for i, text in zip(open_ones, texts, strict=True):
            observations[i], reward, over, failed, info = envs[i].step(text)
            episodes[i].image += reward
            episodes[i].success = bool(info["is_success"])
            if not (over or failed):
                left.append(i)
        open_ones = left
        if not open_ones:
            break
    return episodes


def answer(
    policy: VlmPolicy,
    asked: list[Problem],
    seed: int | None,
    episodes: list[Episode],
    places: list[int],
) -> list[str]:
    """Write an answer to each problem, and count the tokens of their episodes."""
    texts: list[str] = []
    settings = SamplingSettings(96, temperature=1.0)
    for first in range(0, len(asked), 25):
        part = asked[first : first + 25]
        inputs = encode_prompts(policy.processor, part, policy.device)
        generator = torch.Generator().manual_seed(0 if seed is None else seed + first)
        noise = torch.rand((len(part), settings.max_new_tokens), generator=generator)
        if seed is None:
            written = greedy(policy, inputs, settings.max_new_tokens)
        else:
            written = sample(policy, inputs, noise, settings)
        texts += policy.decode(written.tokens, written.mask)
        read = inputs["attention_mask"].sum(1) + written.mask.sum(1)
        for place, tokens in zip(places[first : first + 25], read.tolist(), strict=True):
            episodes[place].tokens += int(tokens)
    return texts


def study_model(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row for each number of edits, way of answering and number of samples."""
    policy = load_policy(arguments.model or model_folder())
    env = ImageEditTextEnv("ImageEdit-v0", split="test", image_size=policy.image_side)
    ways = {"once": (SHORT_PROMPT, 1), "stepwise": (NEXT_PROMPT, MOST_TURNS)}
    for edits, numbers in tasks_by_edits(env, (1, 2, 3), arguments.count).items():
        for way, (system, turns) in ways.items():
            greedy_ones = play(policy, numbers, system, turns, None)
            yield model_row(edits, way, 1, [[episode] for episode in greedy_ones])
            tries = [
                play(policy, numbers, system, turns, 1000 * (k + 1))
                for k in range(arguments.best_of)
            ]
            yield model_row(edits, way, arguments.best_of, list(zip(*tries, strict=True)))


def model_row(edits: int, way: str, best_of: int, tries: Sequence[Sequence[Episode]]) -> Any:
    """The figures of tasks, each with its tries, of which the best counts."""
    best = [max(some, key=lambda episode: episode.image) for some in tries]
    solved = sum(episode.success for episode in best)
    return {
        "edits": edits,
        "way": way,
        "best_of": best_of,
        "tasks": len(best),
        "solved": [solved / len(best), *wilson_interval(solved, len(best))],
        "image": float(np.mean([episode.image for episode in best])),
        "tokens": float(np.mean([sum(e.tokens for e in some) for some in tries])),
    }


def main() -> None:
    """Measure, print and write the rows."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    rows = []
    for row in {"tools": study_tools, "model": study_model}[arguments.part](arguments):
        print(json.dumps(row), flush=True)
        rows.append(row)
    arguments.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
