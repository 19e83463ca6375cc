"""Search instead of (or on top of) learning: best of n and beam search over branches.

    python examples/beam_search.py --env ImageEdit-Direct-v0 --episodes 50
    python examples/beam_search.py --model runs/direct/model.zip --episodes 200
    python examples/beam_search.py --smoke

Without ``--model`` calls are tried at random and judged by the environment's rewards, which know
the target: this shows how far blind search gets with a perfect judge. With a model trained by
``examples/train_ppo.py``, its policy proposes the calls, and two judges are compared: the rewards,
and the model's own critic, which sees only what any policy sees.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import gymnasium
from editenv_policies.arguments import Parser, at_least, existing, run_main
from editenv_policies.evaluation import Actor, ModelActor, evaluate
from editenv_policies.report import markdown_table
from editenv_policies.sb3.models import load_model
from editenv_policies.search import (
    CriticScorer,
    ModelProposer,
    RandomProposer,
    RewardScorer,
    SearchActor,
    beam_search,
    best_of_n,
)

import editenv


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Direct-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument(
        "--model", type=existing, default=None, help="a model trained by train_ppo.py"
    )
    parser.add_argument("--n", type=at_least(1), default=16, help="episodes of best of n")
    parser.add_argument(
        "--width", type=at_least(1), default=4, help="states that beam search keeps"
    )
    parser.add_argument("--breadth", type=at_least(1), default=16, help="calls tried per state")
    parser.add_argument("--episodes", type=at_least(1), default=50)
    parser.add_argument("--smoke", action="store_true", help="a few episodes")
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.episodes, arguments.n, arguments.breadth = 3, 4, 4
    return arguments


def make_actors(arguments: argparse.Namespace) -> dict[str, Callable[[], Actor]]:
    """Return the actors to compare, by name."""
    n, beam = arguments.n, {"width": arguments.width, "breadth": arguments.breadth}
    judge = RewardScorer()

    def searches(name: str, proposer, scorer) -> dict[str, Callable[[], Actor]]:
        tries = partial(best_of_n, proposer=proposer, scorer=scorer, n=n)
        beams = partial(beam_search, proposer=proposer, scorer=scorer, **beam)
        return {
            f"best of {n}, {name}": partial(SearchActor, tries),
            f"beam search, {name}": partial(SearchActor, beams),
        }

    if arguments.model is None:
        return searches("random calls, rewards", RandomProposer(), judge)
    model = load_model("ppo", arguments.model)
    proposer = ModelProposer(model)
    return {
        "policy": partial(ModelActor, model),
        **searches("policy's calls, critic", proposer, CriticScorer(model)),
        **searches("policy's calls, rewards", proposer, judge),
    }


def main() -> None:
    """Evaluate and print a table."""
    arguments = parse_arguments()
    env = gymnasium.make(arguments.env, split="test")
    scores = {}
    for name, make_actor in make_actors(arguments).items():
        start, actor = time.monotonic(), make_actor()
        scores[name] = evaluate(actor, env, arguments.episodes)
        tried = f", {actor.steps} calls tried" if isinstance(actor, SearchActor) else ""
        print(f"{name}: {time.monotonic() - start:.0f} s{tried}", flush=True)
    env.close()
    print(f"{arguments.episodes} held-out tasks of the test split:\n{markdown_table(scores)}")


if __name__ == "__main__":
    run_main(main)
