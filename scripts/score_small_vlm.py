"""Score the small vision-language model on held-out tasks, with and without the picture.

    python scripts/score_small_vlm.py --model runs/small_vlm/model --out runs/scores.json
    python scripts/score_small_vlm.py --split train --first 0

Answers are greedy. The table has means of the terms with the 95 % interval of the image score
(percentile bootstrap over tasks); the file has every answer. Tasks of the train split from 0 on
are not among those that the model learned from, but show the objects that it knows.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from editenv.envs.text import ImageEditTextEnv
from policies.small_vlm.answering import answer_tasks
from policies.small_vlm.data import TASKS

TERMS = ("image", "format", "action", "subject", "goal")
EQUAL = dict.fromkeys(TERMS, 0.2)
"""Weights, so that every term is reported."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("runs/small_vlm/model"))
    parser.add_argument("--env", nargs="+", default=TASKS, metavar="ID")
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--first", type=int, default=0, help="number of the first task")
    parser.add_argument("--count", type=int, default=200, help="tasks an id")
    parser.add_argument("--out", type=Path, default=None, help="JSON file with every answer")
    parser.add_argument("--threads", type=int, default=1, help="torch threads")
    return parser.parse_args()


def score(env: ImageEditTextEnv, numbers: range, answers: list[str]) -> list[dict[str, Any]]:
    """For every task what it was, what was answered and what that is worth."""
    rows = []
    for number, answer in zip(numbers, answers, strict=True):
        found = env.score_answers(number, [answer])[0]
        terms = {name: found["reward_terms"][name] / EQUAL[name] for name in TERMS}
        text = env.tasks[number].instruction
        solved = bool(found["is_success"])
        rows.append({"task": number, "text": text, "answer": answer, "solved": solved, **terms})
    return rows


def interval(values: list[float], draws: int = 2000) -> tuple[float, float]:
    """95 % of the means of resampled values lie within."""
    rng = np.random.default_rng(0)
    means = np.mean(rng.choice(values, (draws, len(values))), axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def line(name: str, picture: str, rows: list[dict[str, Any]]) -> str:
    """A row of the table."""
    means = {term: float(np.mean([row[term] for row in rows])) for term in ("solved", *TERMS)}
    low, high = interval([row["image"] for row in rows])
    image = f"{means.pop('image'):.3f} [{low:.3f}, {high:.3f}]"
    rest = " | ".join(f"{value:.3f}" for value in means.values())
    return f"| `{name}` | {picture} | {image} | {rest} |"


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    model = AutoModelForImageTextToText.from_pretrained(arguments.model, dtype=torch.float32).eval()
    processor = AutoProcessor.from_pretrained(arguments.model)
    side = model.config.vision_config.image_size
    numbers = range(arguments.first, arguments.first + arguments.count)
    results: dict[str, Any] = {}
    print("| id | picture | image | solved | format | action | subject | goal |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.env:
        env = ImageEditTextEnv(name, split=arguments.split, image_size=side, reward=EQUAL)
        tasks = [env.tasks[number] for number in numbers]
        for picture in ("shown", "blanked"):
            answers = answer_tasks(model, processor, tasks, blank=picture == "blanked")
            rows = score(env, numbers, answers)
            results[f"{name} {picture}"] = rows
            print(line(name, picture, rows), flush=True)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
