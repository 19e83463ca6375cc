"""Score the small vision-language model on held-out tasks, with and without the picture.

    python scripts/score_small_vlm.py --model runs/small_vlm/model
    python scripts/score_small_vlm.py --split train

Answers are greedy. Tasks of the train split from 0 on are not among those that the model learned
from, but show the objects that it knows.
"""

from __future__ import annotations

import argparse

import torch
from editenv_policies.arguments import Parser, at_least, existing, run_main
from editenv_policies.grpo_vlm import AnswerScores, EditProblems, evaluate, load_policy
from editenv_policies.grpo_vlm.evaluation import TERMS
from editenv_policies.small_vlm import MATERIAL, SHORT_PROMPT, model_folder
from editenv_policies.small_vlm.data import TASKS

from editenv.envs.text import ImageEditTextEnv


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--model", type=existing, default=None, help="folder; the committed model if left out"
    )
    parser.add_argument("--env", nargs="+", default=TASKS, metavar="ID")
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--material", default=MATERIAL, help="of the scenes (default: emoji)")
    parser.add_argument("--count", type=at_least(1), default=200, help="tasks an id")
    parser.add_argument("--threads", type=at_least(1), default=1, help="torch threads")
    return parser.parse_args()


def line(name: str, picture: str, scores: AnswerScores) -> str:
    """A row of the table."""
    mean, low, high = scores.mean("image")
    rest = " | ".join(f"{scores.mean(term)[0]:.3f}" for term in TERMS if term != "image")
    solved = f"{scores.success[0]:.3f}"
    return f"| `{name}` | {picture} | {mean:.3f} [{low:.3f}, {high:.3f}] | {solved} | {rest} |"


def main() -> None:
    """Print the table."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    policy = load_policy(arguments.model or model_folder())
    side = policy.model.config.vision_config.image_size
    judged = dict.fromkeys(TERMS, 1.0)
    print("| id | picture | image | solved | format | action | subject | goal |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.env:
        env = ImageEditTextEnv(
            name,
            split=arguments.split,
            material=arguments.material,
            image_size=side,
            reward=judged,
        )
        problems = EditProblems([env], system_prompt=SHORT_PROMPT)
        for picture in ("shown", "blanked"):
            numbers = range(arguments.count)
            found = evaluate(policy, problems, numbers, blank=picture == "blanked")
            print(line(name, picture, found), flush=True)


if __name__ == "__main__":
    run_main(main)
