"""What does a policy lose by new wording, and what by new pictures?

    python benchmarks/wording.py --env ImageEdit-v0 --policy trained --tasks 500

Plays tasks with the pictures of one split and the wording of another: each of `train` and `test`.
The seeds are those of the held-out tasks, so that no policy has learnt from any of them.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import gymnasium
from editenv_policies import trained
from editenv_policies.arguments import Parser, at_least, run_main
from editenv_policies.evaluation import play_side_by_side, score
from editenv_policies.held_out import COPIES
from editenv_policies.imitation import Clone
from editenv_policies.named import TRAINED
from gymnasium.vector import AutoresetMode

from editenv.registration import CONFIGURATIONS
from editenv.tasks.registry import TASK_SOURCES

SPLITS = ("train", "test")


def main() -> None:
    """Print a table of the four combinations."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-v0", choices=list(CONFIGURATIONS))
    parser.add_argument("--policy", default=TRAINED, help="'trained', or a clone's folder")
    parser.add_argument("--tasks", type=at_least(1), default=500)
    given = parser.parse_args()
    named = given.policy == TRAINED
    policy = trained.load(given.env) if named else Clone.load(given.policy)
    print(f"| pictures of | words of | success of {given.tasks} (95 % interval) |")
    print("|---|---|---|")
    for pictures in SPLITS:
        for words in SPLITS:
            print(
                f"| {pictures} | {words} | {played(given, policy, pictures, words)} |", flush=True
            )


def played(given: Any, policy: Any, pictures: str, words: str) -> str:
    """Play the tasks; return the share that was solved."""
    envs: Any = gymnasium.make_vec(
        given.env,
        num_envs=min(COPIES, given.tasks),
        tasks=source(given.env, pictures, words),
        split=pictures,
        autoreset_mode=AutoresetMode.DISABLED,
    )
    with closing(envs):
        return str(score(play_side_by_side(policy, envs, given.tasks)))


def source(env_id: str, pictures: str, words: str) -> Any:
    """Return the tasks of an id with the pictures of one split in the words of another."""
    spec = gymnasium.spec(env_id)
    family: Any = TASK_SOURCES[spec.kwargs["tasks"]]
    reworded = type(family.__name__, (family,), {"words": words})
    height = spec.kwargs.get("image_size", 128)
    return reworded(pictures, height, height)


if __name__ == "__main__":
    run_main(main)
