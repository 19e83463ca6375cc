"""Train a vision-language model to decompose instructions, rewarded by the edited picture.

    python examples/train_grpo_vlm.py --steps 200 --learning-rate 3e-4 --out runs/vlm
    python examples/train_grpo_vlm.py --model FOLDER --sft-steps 200 --steps 300 --out runs/vlm
    python examples/train_grpo_vlm.py --smoke --out runs/smoke

First the model may imitate reference answers (``--sft-steps``), then GRPO. Writes to ``--out``:
checkpoints, curves, TensorBoard logs and rollouts of both stages (``sft/``, ``grpo/``), the trained
model (``model/``), ``results.json``, ``curve.png``, ``answers_ID.png`` and ``report.html``.
``--resume`` continues exactly where a run was killed.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium
import torch
from editenv_policies.arguments import Parser, at_least, environment_of, fill_in, run_main
from editenv_policies.baselines import BASELINES
from editenv_policies.checkpoints import only_run
from editenv_policies.grpo import LOSS_TYPES, SCALE_REWARDS, LossSettings
from editenv_policies.grpo_vlm import (
    AnswerScores,
    EditProblems,
    GroupSettings,
    GrpoLearner,
    LoraSettings,
    OptimizerSettings,
    Run,
    SamplingSettings,
    SupervisedLearner,
    VlmPolicy,
    evaluate,
    load_policy,
    with_new_adapters,
)
from editenv_policies.grpo_vlm.evaluation import TERMS
from editenv_policies.grpo_vlm.report import relative_lift, save_curves, save_sheet, score_table
from editenv_policies.grpo_vlm.run import CHECKPOINT, CURVE, Learner
from editenv_policies.recording.report import MOST, clear, save_page
from editenv_policies.report import read_json_lines
from editenv_policies.small_vlm import PROMPTS, model_folder
from editenv_policies.small_vlm.random_model import save_random
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import editenv
from editenv.answers.reward import PRESETS
from editenv.envs.text import ImageEditTextEnv
from editenv.envs.text.env import SUBJECTS
from editenv.failure import ComponentDown
from editenv.recordings.folder import begin

FAMILIES = ("ImageEdit-Direct-v0", "ImageEdit-v0", "ImageEdit-Indirect-v0")

FULL = {"steps": 300, "group_size": 8, "num_groups": 16, "episodes": 200, "max_new_tokens": 96}
SMOKE = {"steps": 2, "group_size": 2, "num_groups": 2, "episodes": 3, "max_new_tokens": 12}
"""Defaults of the arguments."""

BEFORE, AFTER, BLANK = "supervised start", "after GRPO", "after GRPO, picture blanked"

Stage = dict[str, EditProblems]
"""Held-out problems by id."""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="folder or name (default: the small model)")
    parser.add_argument(
        *("--env", "--tasks"),
        nargs="+",
        action="extend",
        metavar="NAME",
        help="ids or task sources such as folder:PATH, trained on equally (default: three ids)",
    )
    parser.add_argument("--tools", metavar="NAMES", help="as in examples/train_ppo.py")
    parser.add_argument("--reward", default="outcome", choices=sorted(PRESETS))
    parser.add_argument(
        "--system-prompt",
        default=None,
        help="default: the whole format; for the small model three words",
    )
    parser.add_argument(
        "--image-size",
        type=at_least(1),
        default=None,
        help="side of the pictures (default: what the model takes)",
    )
    parser.add_argument(
        "--material",
        default="photo",
        help="photo, emoji or folder:PATH",
    )
    parser.add_argument(
        "--subjects",
        default="names",
        choices=SUBJECTS,
        help="how answers say which thing they mean (docs/text.md)",
    )
    parser.add_argument("--sft-steps", type=at_least(0), default=0)
    parser.add_argument("--sft-batch-size", type=at_least(1), default=16)
    parser.add_argument("--sft-learning-rate", type=float, default=1e-4)
    parser.add_argument("--steps", type=at_least(0), default=None, help="steps of GRPO")
    parser.add_argument("--learning-rate", type=float, default=1e-5)
    parser.add_argument(
        "--group-size", type=at_least(2), default=None, help="answers to one prompt"
    )
    parser.add_argument("--num-groups", type=at_least(1), default=None, help="prompts per step")
    parser.add_argument(
        "--groups-per-batch", type=at_least(1), default=None, help="groups at once (all)"
    )
    parser.add_argument("--max-new-tokens", type=at_least(1), default=None)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-p", type=float, default=1.0)
    parser.add_argument("--loss-type", default="dapo", choices=LOSS_TYPES)
    parser.add_argument("--scale-rewards", default="group", choices=SCALE_REWARDS)
    parser.add_argument("--clip-range", type=float, default=0.2)
    parser.add_argument(
        "--clip-range-high", type=float, default=None, help="default: as --clip-range"
    )
    parser.add_argument("--kl-coef", type=float, default=0.0)
    parser.add_argument("--entropy-coef", type=float, default=0.0)
    parser.add_argument(
        "--epochs", type=at_least(1), default=1, help="updates per batch of answers"
    )
    parser.add_argument(
        "--lora", type=at_least(0), default=0, metavar="RANK", help="0: train all weights"
    )
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--episodes", type=at_least(1), default=None, help="held-out tasks per id")
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--threads", type=at_least(1), default=2, help="torch threads")
    parser.add_argument(
        "--rollout-workers",
        type=at_least(0),
        default=0,
        metavar="N",
        help="sample in N actors of a Ray cluster, with the same result; 0: in this process",
    )
    parser.add_argument("--out", type=Path, default=Path("runs/vlm"))
    parser.add_argument("--resume", action="store_true", help="continue from --out's checkpoints")
    parser.add_argument("--smoke", action="store_true", help="all outputs in under a minute")
    arguments = fill_in(parser.parse_args(), FULL, SMOKE)
    named = [env_id for text in arguments.env or () for env_id in text.split(",")]
    arguments.env = list(dict.fromkeys(named or FAMILIES))
    if unknown := sorted(name for name in arguments.env if not known(name)):
        parser.error(f"--env {unknown}: choose from {sorted(editenv.CONFIGURATIONS)}")
    if arguments.model is None and arguments.system_prompt is None:
        arguments.system_prompt = PROMPTS[arguments.subjects]
    if arguments.out.exists() and not arguments.out.is_dir():
        parser.error(f"--out {arguments.out} is a file: it must be a folder")
    if arguments.resume and not arguments.out.exists():
        parser.error(f"--resume: {arguments.out} has no run to go on with")
    if not arguments.resume and any(arguments.out.glob(f"*/{CHECKPOINT}")):
        parser.error(f"--out {arguments.out} has checkpoints: --resume, or another folder")
    return arguments


def known(name: str) -> bool:
    """Whether a name is an id, or says that it is a task source."""
    return name in editenv.CONFIGURATIONS or ":" in name


def make_policy(arguments: argparse.Namespace) -> VlmPolicy:
    """Load the model; in a smoke run without one, make it first."""
    folder = arguments.model
    if folder is None and arguments.smoke:
        folder = arguments.out / "random_model"
        save_random(folder)
    return load_policy(
        folder or model_folder(),
        lora=lora_of(arguments),
        precision=arguments.precision,
        device=arguments.device,
        seed=arguments.seed,
    )


def lora_of(arguments: argparse.Namespace) -> LoraSettings | None:
    """The adapters to train, if any."""
    return LoraSettings(arguments.lora) if arguments.lora else None


def make_problems(
    arguments: argparse.Namespace, ids: Sequence[str], split: str, reward: Any
) -> EditProblems:
    """Build the problems of some ids."""
    envs = [
        ImageEditTextEnv(
            env_id,
            split=split,
            material=arguments.material,
            image_size=arguments.image_size,
            subjects=arguments.subjects,
            reward=reward,
            **environment_of(None, arguments.tools),
        )
        for env_id in ids
    ]
    return EditProblems(envs, system_prompt=arguments.system_prompt)


def train(learner: Learner, folder: Path, steps: int, name: str) -> None:
    """Run a stage with a progress bar."""
    run = Run(learner, folder)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as progress:
        bar = progress.add_task(name, total=steps, completed=run.step)

        def show(figures: dict[str, float]) -> None:
            value = figures.get("reward", figures.get("loss", 0.0))
            progress.update(bar, advance=1, description=f"{name} {value:.3f}")

        try:
            run.advance(steps, show)
        except ComponentDown as error:
            raise SystemExit(f"{error}. {folder} has a checkpoint: --resume goes on") from error


def imitate(arguments: argparse.Namespace, policy: VlmPolicy, problems: EditProblems) -> VlmPolicy:
    """The supervised start; returns the policy that GRPO starts from."""
    optimizer = OptimizerSettings(arguments.sft_learning_rate, warmup_steps=20)
    learner = SupervisedLearner(
        policy,
        problems,
        optimizer=optimizer,
        batch_size=arguments.sft_batch_size,
        seed=arguments.seed,
    )
    train(learner, arguments.out / "sft", arguments.sft_steps, "imitation, loss")
    lora = lora_of(arguments)
    return policy if lora is None else with_new_adapters(policy, lora, arguments.seed)


def reinforce(arguments: argparse.Namespace, policy: VlmPolicy, problems: EditProblems) -> None:
    """GRPO."""
    learner = GrpoLearner(
        policy,
        problems,
        loss=LossSettings(
            arguments.loss_type,
            clip_range=arguments.clip_range,
            clip_range_high=arguments.clip_range_high,
            kl_coef=arguments.kl_coef,
            entropy_coef=arguments.entropy_coef,
            max_length=arguments.max_new_tokens,
        ),
        groups=GroupSettings(
            arguments.group_size,
            arguments.num_groups,
            groups_per_batch=arguments.groups_per_batch or arguments.num_groups,
            epochs=arguments.epochs,
            scale_rewards=arguments.scale_rewards,
        ),
        sampling=SamplingSettings(arguments.max_new_tokens, arguments.temperature, arguments.top_p),
        optimizer=OptimizerSettings(arguments.learning_rate, warmup_steps=5),
        seed=arguments.seed,
        folder=arguments.out / "grpo" / "pictures",
        rollout_workers=arguments.rollout_workers,
    )
    with closing(learner):
        train(learner, arguments.out / "grpo", arguments.steps, "GRPO, reward")


def judge(
    arguments: argparse.Namespace, policy: VlmPolicy, held_out: Stage, *, blank: bool = False
) -> dict[str, AnswerScores]:
    """Evaluate on the held-out tasks of every id."""
    return {
        env_id: evaluate(
            policy,
            problems,
            range(arguments.episodes),
            max_new_tokens=arguments.max_new_tokens,
            blank=blank,
        )
        for env_id, problems in held_out.items()
    }


def judge_baselines(arguments: argparse.Namespace, env_id: str) -> dict[str, int]:
    """Solved tasks of the hand-written policies, on the same tasks and pictures."""
    of_id = env_id in editenv.CONFIGURATIONS
    given = environment_of(None if of_id else env_id, arguments.tools)
    env = gymnasium.make(
        env_id if of_id else "ImageEdit-v0",
        split="test",
        material=arguments.material,
        image_size=arguments.image_size,
        **given,
    )
    found = {}
    for name in ("one-call", "pipeline"):
        actor, solved = BASELINES[name](), 0
        for number in range(arguments.episodes):
            observation, info = env.reset(seed=0, options={"task": number})
            actor.reset(env)
            over = False
            while not over:
                action = actor.act(observation, env)
                observation, _, terminated, truncated, info = env.step(action)
                over = terminated or truncated
            solved += bool(info["is_success"])
        found[name] = solved
    env.close()
    return found


def report(
    arguments: argparse.Namespace,
    found: dict[str, dict[str, AnswerScores]],
    held_out: Stage,
) -> None:
    """Write and print the results."""
    out = arguments.out
    scores = {i: {name: by_id[i] for name, by_id in found.items()} for i in held_out}
    baselines = {i: judge_baselines(arguments, i) for i in held_out}
    table = score_table(scores, baselines, arguments.episodes)
    lift = relative_lift(scores, BEFORE, AFTER)
    results = {
        "arguments": {name: str(value) for name, value in vars(arguments).items()},
        "image": {i: {n: s.mean("image") for n, s in by.items()} for i, by in scores.items()},
        "success": {i: {n: s.success for n, s in by.items()} for i, by in scores.items()},
        "baselines": baselines,
        "relative_lift": lift,
    }
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    save_curves(read_json_lines(out / "grpo" / CURVE), out / "curve.png", "GRPO")
    for env_id, problems in held_out.items():
        shown = {name: scores[env_id][name] for name in (BEFORE, AFTER)}
        rows = range(min(8, arguments.episodes))
        save_sheet(problems, rows, shown, out / f"answers_{file_name(env_id)}.png")
    save_recordings(arguments, scores, held_out)
    print(f"\n{arguments.episodes} held-out tasks of the test split:\n{table}")
    if lift is not None:
        print(f"mean image score of all ids: {100 * lift:+.1f} % against the supervised start")


def file_name(name: str) -> str:
    """A task source's name without what no file may be called."""
    return re.sub(r"[^\w.-]+", "_", name)


def save_recordings(
    arguments: argparse.Namespace, scores: dict[str, dict[str, AnswerScores]], held_out: Stage
) -> None:
    """Record what the answers to the first held-out tasks do, and write the run's page."""
    folder = clear(arguments.out)
    for env_id, problems in held_out.items():
        for name in (BEFORE, AFTER):
            writer = begin(folder, file_name(env_id), name, "test")
            for index, text in enumerate(scores[env_id][name].texts[:MOST]):
                problems.record(index, text, writer)
    save_page(arguments.out, f"GRPO over a vision-language model, seed {arguments.seed}")


def main() -> None:
    """Imitate, reinforce, report."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    with only_run(arguments.out):
        run_all(arguments)


def run_all(arguments: argparse.Namespace) -> None:
    """Every stage that is not done yet, and the report."""
    policy = make_policy(arguments)
    if arguments.image_size is None:
        arguments.image_size = policy.image_side
    problems = make_problems(arguments, arguments.env, "train", arguments.reward)
    terms = dict.fromkeys(TERMS, 1.0)
    held_out = {i: make_problems(arguments, [i], "test", terms) for i in arguments.env}
    if arguments.sft_steps:
        policy = imitate(arguments, policy, problems)
    found = {BEFORE: judge(arguments, policy, held_out)}
    reinforce(arguments, policy, problems)
    policy.save(arguments.out / "model")
    found[AFTER] = judge(arguments, policy, held_out)
    found[BLANK] = judge(arguments, policy, held_out, blank=True)
    report(arguments, found, held_out)


if __name__ == "__main__":
    run_main(main)
