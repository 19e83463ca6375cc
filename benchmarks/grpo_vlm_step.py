"""What a training step costs, ours and TRL's, for the same model, prompts, groups and lengths.

    pip install trl && python benchmarks/grpo_vlm_step.py --steps 8

One model of 2.7 M parameters with random weights; each trainer has its own copy. The token that
ends an answer is forbidden on both sides, so that all answers are equally long. The steps alternate
in one process on one thread: TRL does one, then we do one. Processor, sampling, reward, loss and
update count; loading does not, and the making of the tasks does on our side only. The reward is the
share of a letter, since random answers to real tasks all earn nothing, and nothing is learned from
equals.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from datasets import Dataset
from editenv_policies.arguments import Parser, at_least, run_main
from editenv_policies.grpo import LossSettings
from editenv_policies.grpo_vlm import (
    EditProblems,
    GroupSettings,
    GrpoLearner,
    OptimizerSettings,
    Problem,
    SamplingSettings,
    VlmPolicy,
    load_policy,
)
from editenv_policies.small_vlm import SHORT_PROMPT, Size, with_short_prompt
from editenv_policies.small_vlm.random_model import save_random
from transformers import AutoModelForImageTextToText, AutoProcessor, TrainerCallback
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from editenv.envs.text import ImageEditTextEnv, to_dataset
from editenv.envs.text.rewards import completion_text

ENV = "ImageEdit-Direct-v0"

Seconds = tuple[float, float]
"""Wall time and CPU time."""


def now() -> Seconds:
    """Both clocks."""
    return time.perf_counter(), time.process_time()


def since(start: Seconds) -> Seconds:
    """Both clocks, from a moment on."""
    wall, cpu = now()
    return wall - start[0], cpu - start[1]


def letters(completions: Sequence[Any]) -> list[float]:
    """The reward on both sides."""
    texts = [completion_text(completion) for completion in completions]
    return [text.count("e") / max(len(text), 1) for text in texts]


class LetterProblems(EditProblems):
    """Tasks of editenv, judged by letters."""

    def score(self, problem: Problem, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Count."""
        return [{"reward": value, "reward_terms": {}} for value in letters(texts)]


class Alternate(TrainerCallback):
    """Times each step of TRL, then does and times one of ours."""

    def __init__(self, learner: GrpoLearner) -> None:
        self._learner = learner
        self.lengths: set[int] = set()
        self.theirs: list[Seconds] = []
        self.ours: list[Seconds] = []
        self._start = now()

    def on_step_begin(self, *args: Any, **kwargs: Any) -> None:
        """Note the time."""
        self._start = now()

    def on_step_end(self, *args: Any, **kwargs: Any) -> None:
        """Note the time, then it is our turn."""
        self.theirs.append(since(self._start))
        start = now()
        figures, _ = self._learner.learn(len(self.ours))
        self.ours.append(since(start))
        self.lengths.add(round(figures["completion_tokens"]))

    def reward(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """TRL's reward; looks at the lengths too."""
        self.lengths.update(map(len, columns["completion_ids"]))
        return [*letters(completions)]


def endless(policy: VlmPolicy) -> VlmPolicy:
    """The same policy, but that it cannot end an answer."""
    special = policy.special
    return replace(policy, special=replace(special, suppressed=(*special.suppressed, *special.eos)))


def make_learner(arguments: argparse.Namespace, folder: Path) -> GrpoLearner:
    """Our side."""
    env = ImageEditTextEnv(ENV, split="train", image_size=arguments.image_size)
    return GrpoLearner(
        endless(load_policy(folder)),
        LetterProblems([env], system_prompt=SHORT_PROMPT),
        loss=LossSettings("dapo"),
        groups=GroupSettings(
            arguments.group_size, arguments.num_groups, groups_per_batch=arguments.num_groups
        ),
        sampling=SamplingSettings(arguments.tokens),
        optimizer=OptimizerSettings(1e-6),
    )


def make_trainer(arguments: argparse.Namespace, folder: Path, callback: Alternate) -> GRPOTrainer:
    """TRL's side."""
    size = arguments.image_size
    records = to_dataset(ENV, split="train", indices=range(200), image_size=size)
    processor = AutoProcessor.from_pretrained(folder)
    return GRPOTrainer(
        model=AutoModelForImageTextToText.from_pretrained(folder),
        processing_class=processor,
        reward_funcs=callback.reward,
        train_dataset=Dataset.from_list([with_short_prompt(record) for record in records]),
        args=GRPOConfig(
            output_dir=str(folder / "trl"),
            per_device_train_batch_size=arguments.group_size * arguments.num_groups,
            num_generations=arguments.group_size,
            max_completion_length=arguments.tokens,
            generation_kwargs={"min_new_tokens": arguments.tokens},
            max_steps=arguments.steps,
            learning_rate=1e-6,
            beta=0.0,
            loss_type="dapo",
            use_cpu=True,
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            gradient_checkpointing=False,
        ),
        callbacks=[callback],
    )


def main() -> None:
    """Alternate, then compare medians."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=at_least(1), default=8)
    parser.add_argument("--group-size", type=at_least(2), default=8)
    parser.add_argument("--num-groups", type=at_least(1), default=4)
    parser.add_argument("--tokens", type=at_least(1), default=48, help="of every completion")
    parser.add_argument("--image-size", type=at_least(1), default=96)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_random(folder, Size())
        callback = Alternate(make_learner(arguments, folder))
        trainer = make_trainer(arguments, folder, callback)
        trainer.train()
    # The first step of each warms up.
    theirs, ours = callback.theirs[1:], callback.ours[1:]
    for place, clock in enumerate(("wall", "CPU")):
        first, second = (median(times[place] for times in side) for side in (theirs, ours))
        ratios = [our[place] / their[place] for our, their in zip(ours, theirs, strict=True)]
        print(
            f"{clock}: TRL {first:.2f} s, ours {second:.2f} s a step; ratio of a pair "
            f"{median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}"
        )
    print(f"tokens of a completion, both sides: {sorted(callback.lengths)}")


if __name__ == "__main__":
    run_main(main)
