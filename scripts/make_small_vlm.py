"""Make the small vision-language model: draw its data, teach it to see, then to answer.

    python scripts/make_small_vlm.py --out runs/small_vlm
    python scripts/make_small_vlm.py --smoke --out runs/smoke

``OUT/model`` is the model, which ``AutoModelForImageTextToText`` and ``AutoProcessor`` load. Every
stage keeps its checkpoint and its curve in a folder of its own; the same command goes on from
there. The stages ``see`` and ``answer`` do not depend on each other: once the data is drawn,
``--only see`` and ``--only answer`` may run side by side.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from editenv_policies.arguments import Parser, at_least, fill_in, run_main
from editenv_policies.small_vlm import Size, build, count_parameters, make_tokenizer
from editenv_policies.small_vlm.answering import Answering
from editenv_policies.small_vlm.data import COUNTS, Drawn, draw
from editenv_policies.small_vlm.saving import save
from editenv_policies.small_vlm.seeing import Seeing
from editenv_policies.small_vlm.training import Schedule, Training
from editenv_policies.small_vlm.vocabulary import phrases
from torch.nn import ModuleDict
from transformers import LlavaForConditionalGeneration, LlavaProcessor

FULL = {
    "see_steps": 3800,
    "answer_steps": 1200,
    "joint_steps": 1200,
    "words_steps": 500,
    "batch": 32,
    "share": 1.0,
}
SMOKE = {
    "see_steps": 3,
    "answer_steps": 3,
    "joint_steps": 3,
    "words_steps": 3,
    "batch": 4,
    "share": 0.001,
}
"""What the arguments are when they are not given."""


ALONE = ("see", "answer")
"""The stages that need no other one."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/small_vlm"))
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument(
        "--see-steps", type=at_least(0), default=None, help="steps of the image encoder"
    )
    parser.add_argument(
        "--answer-steps", type=at_least(0), default=None, help="steps of the language model"
    )
    parser.add_argument("--joint-steps", type=at_least(0), default=None, help="steps of both")
    parser.add_argument(
        "--words-steps", type=at_least(0), default=None, help="steps of both, with words mixed"
    )
    parser.add_argument("--batch", type=at_least(1), default=None, help="records a step")
    parser.add_argument("--share", type=float, default=None, help="of the data to draw")
    parser.add_argument("--minutes", type=float, default=None, help="stop after this time")
    parser.add_argument("--processes", type=at_least(1), default=2, help="that draw the data")
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    parser.add_argument("--only", choices=ALONE, default=None, help="do this stage and no other")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    return fill_in(parser.parse_args(), FULL, SMOKE)


def draw_data(arguments: argparse.Namespace) -> Drawn:
    """The records, drawn as far as they are not there yet."""
    folder = arguments.out / "drawn"
    counts = {kind: max(int(arguments.share * count), 16) for kind, count in COUNTS.items()}
    done = 0
    for more in draw(folder, counts, arguments.seed, arguments.processes):
        done += more
        print(f"\r{done} of {sum(counts.values())} records drawn", end="", flush=True)
    print()
    return Drawn(folder)


def stages(
    arguments: argparse.Namespace,
    model: LlavaForConditionalGeneration,
    processor: LlavaProcessor,
    drawn: Drawn,
) -> dict[str, Any]:
    """By name of a stage: what learns, its losses, and its schedule."""
    seed, batch = arguments.seed, arguments.batch
    seeing = Seeing(model, drawn, seed + 1, batch)
    answering = partial(Answering, model, processor, drawn, batch=batch)
    return {
        "see": (seeing, seeing, Schedule(arguments.see_steps)),
        "answer": (
            model.model.language_model,
            answering(seed=seed + 2),
            Schedule(arguments.answer_steps),
        ),
        "joint": (
            ModuleDict({"model": model, "colour": seeing.colour, "faults": seeing.faults}),
            answering(seed=seed + 3, seeing=seeing),
            Schedule(arguments.joint_steps, 4e-4),
        ),
        "words": (
            ModuleDict({"model": model, "colour": seeing.colour, "faults": seeing.faults}),
            answering(seed=seed + 4, seeing=seeing, mixing=True),
            Schedule(arguments.words_steps, 3e-4),
        ),
    }


def main() -> None:
    """Go through the stages, as far as the time allows."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    end = time.monotonic() + 60 * (arguments.minutes or float("inf"))
    drawn = draw_data(arguments)
    model, processor = build(make_tokenizer(phrases=phrases()), Size(), arguments.seed)
    print(f"{count_parameters(model):,} parameters", flush=True)
    for name, (learns, losses, schedule) in stages(arguments, model, processor, drawn).items():
        if arguments.only not in (None, name):
            continue
        training = Training(learns, losses, schedule, arguments.out / name)
        training.run(end - time.monotonic())
        print(f"{name}: {training.step} of {schedule.steps} steps", flush=True)
        if not training.finished:
            break
    if arguments.only is None:
        save(model, processor, arguments.out / "model")


if __name__ == "__main__":
    run_main(main)
