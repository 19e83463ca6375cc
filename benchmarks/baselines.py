"""Success of the baselines on held-out tasks of every id.

Run ``python benchmarks/baselines.py --episodes 200``, for some ids only with ``--env``.
"""

from __future__ import annotations

import gymnasium
from editenv_policies.arguments import Parser, at_least, run_main
from editenv_policies.baselines import BASELINES
from editenv_policies.evaluation import evaluate

import editenv


def main() -> None:
    """Print a table: one row an id, one column a baseline."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=at_least(1), default=200)
    parser.add_argument(
        "--env", nargs="+", default=list(editenv.CONFIGURATIONS), choices=editenv.CONFIGURATIONS
    )
    arguments = parser.parse_args()
    print(f"| id | {' | '.join(BASELINES)} |\n|---|{'---|' * len(BASELINES)}")
    for env_id in arguments.env:
        env = gymnasium.make(env_id, split="test", disable_env_checker=True)
        scores = [evaluate(make(), env, arguments.episodes) for make in BASELINES.values()]
        print(f"| `{env_id}` | {' | '.join(map(str, scores))} |", flush=True)
        env.close()


if __name__ == "__main__":
    run_main(main)
