"""Train the small vision-language model with TRL's ``GRPOTrainer`` on the environment's rewards.

    python examples/trl_grpo.py --env ImageEdit-Indirect-v0 --steps 200 --out runs/trl
    python examples/trl_grpo.py --smoke --out runs/smoke

The trainer is used unchanged: ``to_dataset`` gives the prompts, ``reward_functions`` the rewards.
Any other model that TRL can train works; use ``--long-prompt`` for one that can read explanations
of the actions. ``OUT/model`` is the trained model, ``OUT/log.jsonl`` what TRL logged.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from editenv_policies.arguments import Parser, at_least, fill_in, run_main
from editenv_policies.small_vlm import model_folder, with_short_prompt
from editenv_policies.small_vlm.random_model import save_random
from transformers import AutoModelForImageTextToText, AutoProcessor, ProcessorMixin
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from editenv.envs.text import reward_functions, to_dataset

FULL = {"steps": 200, "tasks": 1000, "group": 8, "prompts": 4, "tokens": 96}
SMOKE = {"steps": 2, "tasks": 4, "group": 2, "prompts": 2, "tokens": 8}
"""Defaults of the arguments."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Indirect-v0", help="any id or task source")
    parser.add_argument("--model", default=None, help="folder or name (default: the small model)")
    parser.add_argument(
        "--material",
        default="photo",
        help="photo, emoji or folder:PATH",
    )
    parser.add_argument("--reward", default="outcome", help="preset of the reward")
    parser.add_argument("--steps", type=at_least(1), default=None, help="updates")
    parser.add_argument("--tasks", type=at_least(1), default=None, help="tasks of the train split")
    parser.add_argument("--group", type=at_least(2), default=None, help="answers per task")
    parser.add_argument("--prompts", type=at_least(1), default=None, help="tasks per update")
    parser.add_argument("--tokens", type=at_least(1), default=None, help="most tokens per answer")
    parser.add_argument("--learning-rate", type=float, default=3e-5)
    parser.add_argument("--long-prompt", action="store_true", help="explain every action")
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--threads", type=at_least(1), default=1, help="torch threads")
    parser.add_argument("--out", type=Path, default=Path("runs/trl"))
    parser.add_argument("--smoke", action="store_true", help="a tiny random model, two updates")
    return fill_in(parser.parse_args(), FULL, SMOKE)


def start_of(arguments: argparse.Namespace) -> str:
    """Folder or name of the model that training starts from."""
    if arguments.model is not None:
        return arguments.model
    if arguments.smoke:
        save_random(arguments.out / "start", seed=arguments.seed)
        return str(arguments.out / "start")
    return str(model_folder())


def training_set(arguments: argparse.Namespace, side: int) -> Dataset:
    """The prompts, with pictures of the model's own size, which none has to be scaled to."""
    records = to_dataset(
        arguments.env,
        indices=range(arguments.tasks),
        image_size=side,
        material=arguments.material,
    )
    if not arguments.long_prompt:
        records = [with_short_prompt(record) for record in records]
    return Dataset.from_list(records)


def picture_side(processor: ProcessorMixin) -> int:
    """Side of the pictures that the model gets, in pixels; 224 where its size is not fixed."""
    size = processor.image_processor.size
    return size["height"] if "height" in size else 224


def make_config(arguments: argparse.Namespace) -> GRPOConfig:
    """TRL's settings: one update for every batch of answers, no second model."""
    return GRPOConfig(
        output_dir=str(arguments.out / "trl"),
        max_steps=arguments.steps,
        per_device_train_batch_size=arguments.group * arguments.prompts,
        num_generations=arguments.group,
        max_completion_length=arguments.tokens,
        learning_rate=arguments.learning_rate,
        beta=0.0,
        temperature=1.0,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        seed=arguments.seed,
        use_cpu=not torch.cuda.is_available(),
        bf16=False,
        gradient_checkpointing=False,
    )


def main() -> None:
    """Train and save."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    folder = start_of(arguments)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(folder)
    reward: Any = reward_functions(arguments.reward)["total"]
    trainer = GRPOTrainer(
        model=model,
        processing_class=processor,
        reward_funcs=reward,
        args=make_config(arguments),
        train_dataset=training_set(arguments, picture_side(processor)),
    )
    trainer.train()
    trainer.save_model(str(arguments.out / "model"))
    lines = [json.dumps(entry) for entry in trainer.state.log_history]
    (arguments.out / "log.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    run_main(main)
