"""Make the small vision-language model: tokenizer, image encoder, language, then a little SFT.

    python scripts/make_small_vlm.py --out runs/small_vlm --minutes 40
    python scripts/make_small_vlm.py --smoke --out runs/smoke

``OUT/model`` is the model, which ``AutoModelForImageTextToText`` and ``AutoProcessor`` load. Every
stage keeps its checkpoint and its curve in a folder of its own; the same command goes on from
there. The first two stages do not depend on each other: ``--only see`` and ``--only write`` may run
side by side before it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from editenv_policies.arguments import Parser, at_least, fill_in, run_main
from editenv_policies.small_vlm import Size, build, count_parameters, train_tokenizer
from editenv_policies.small_vlm.alignment import Aligning
from editenv_policies.small_vlm.data import Captions, Records, texts
from editenv_policies.small_vlm.pretrain import Answering, Naming
from editenv_policies.small_vlm.training import Schedule, Training
from transformers import AutoTokenizer, LlavaForConditionalGeneration, LlavaProcessor

FULL = {
    "see_steps": 6200,
    "write_steps": 2800,
    "align_steps": 600,
    "look_steps": 1000,
    "read_steps": 2500,
    "sft_steps": 50,
    "texts": 3000,
    "batch": 16,
}
SMOKE = {
    "see_steps": 3,
    "write_steps": 3,
    "align_steps": 3,
    "look_steps": 3,
    "read_steps": 3,
    "sft_steps": 3,
    "texts": 40,
    "batch": 2,
}
"""What the arguments are when they are not given."""

ALONE = ("see", "write")
"""The stages that need no other one."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/small_vlm"))
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument(
        "--see-steps", type=at_least(0), default=None, help="steps of naming patches"
    )
    parser.add_argument(
        "--write-steps", type=at_least(0), default=None, help="steps of tasks in words"
    )
    parser.add_argument(
        "--align-steps", type=at_least(0), default=None, help="steps of patches as words"
    )
    parser.add_argument("--look-steps", type=at_least(0), default=None, help="steps of few things")
    parser.add_argument(
        "--read-steps", type=at_least(0), default=None, help="steps of questions and tasks"
    )
    parser.add_argument("--sft-steps", type=at_least(0), default=None, help="steps of tasks only")
    parser.add_argument(
        "--batch", type=at_least(1), default=None, help="records a step, half with pictures"
    )
    parser.add_argument("--texts", type=at_least(1), default=None, help="records for the tokenizer")
    parser.add_argument("--minutes", type=float, default=None, help="stop after this time")
    parser.add_argument("--threads", type=at_least(1), default=1, help="torch threads")
    parser.add_argument("--only", choices=ALONE, default=None, help="do this stage and no other")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    return fill_in(parser.parse_args(), FULL, SMOKE)


def load_tokenizer(arguments: argparse.Namespace) -> Any:
    """The tokenizer of the run, trained where there is none yet."""
    folder = arguments.out / "tokenizer"
    if not folder.exists():
        records = Records(arguments.seed, side=Size().picture, questions=0.3)
        train_tokenizer(texts(records, arguments.texts)).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def stages(
    arguments: argparse.Namespace, model: LlavaForConditionalGeneration, processor: LlavaProcessor
) -> dict[str, Any]:
    """By name of a stage: what learns, its losses, and its schedule."""
    seed, batch, side = arguments.seed, arguments.batch, model.config.vision_config.image_size

    def answering(seed: int, questions: float) -> Answering:
        # Pictures more than double a record's tokens, and more updates are worth more here.
        return Answering(model, processor, Records(seed, side, questions), max(batch // 2, 1))

    naming = Naming(model, processor, seed + 1, batch)
    words = Answering(model, processor, Records(seed + 2, side, 0.4, blind=True), batch)
    projector = model.model.multi_modal_projector
    return {
        "see": (naming, naming, Schedule(arguments.see_steps)),
        "write": (model.model.language_model, words, Schedule(arguments.write_steps, 2e-3)),
        "align": (
            projector,
            Aligning(model, processor, seed + 5, batch),
            Schedule(arguments.align_steps),
        ),
        "look": (
            model,
            Answering(model, processor, Captions(seed + 6, side), batch),
            Schedule(arguments.look_steps),
        ),
        "read": (model, answering(seed + 3, 0.5), Schedule(arguments.read_steps)),
        "sft": (model, answering(seed + 4, 0.0), Schedule(arguments.sft_steps, 3e-4)),
    }


def save(model: LlavaForConditionalGeneration, processor: LlavaProcessor, folder: Path) -> None:
    """Save a model in half precision, in files of a size that a repository can hold."""
    halves: dict[int, torch.Tensor] = {}
    weights = {
        # Tied weights stay one tensor, which is written once.
        name: halves.setdefault(weight.data_ptr(), weight.half())
        for name, weight in model.state_dict().items()
    }
    model.save_pretrained(folder, state_dict=weights, max_shard_size="4MB")
    processor.save_pretrained(folder)


def main() -> None:
    """Go through the stages, as far as the time allows."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    end = time.monotonic() + 60 * (arguments.minutes or float("inf"))
    tokenizer = load_tokenizer(arguments)
    model, processor = build(tokenizer, Size(), arguments.seed)
    print(f"{count_parameters(model):,} parameters, {len(tokenizer):,} tokens", flush=True)
    for name, (module, losses, schedule) in stages(arguments, model, processor).items():
        if arguments.only not in (None, name):
            continue
        training = Training(module, losses, schedule, arguments.out / name)
        training.run(end - time.monotonic())
        print(f"{name}: {training.step} of {schedule.steps} steps", flush=True)
        if not training.finished:
            break
    if arguments.only is None:
        save(model, processor, arguments.out / "model")


if __name__ == "__main__":
    run_main(main)
