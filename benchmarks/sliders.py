"""How near actors come to the target in ``ImageEdit-Develop-v0``.

python benchmarks/sliders.py
python benchmarks/sliders.py --model runs/develop/model.zip --algo sac
"""

from __future__ import annotations

import argparse
import json

import gymnasium
from editenv_policies.arguments import Parser, at_least, existing, new_file, run_main
from editenv_policies.develop import compare_sliders, sliders_table
from editenv_policies.evaluation import Actor, ModelActor
from gymnasium.wrappers import FilterObservation
from stable_baselines3 import PPO, SAC, TD3

import editenv  # noqa: F401  registers the ids

ALGORITHMS = {"sac": SAC, "td3": TD3, "ppo": PPO}


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=at_least(1), default=300)
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--image-size", type=at_least(36), default=40)
    parser.add_argument("--model", type=existing, default=None, help="of train_develop.py")
    parser.add_argument("--algo", default="sac", choices=ALGORITHMS)
    parser.add_argument("--json", type=new_file, default=None, help="write the figures here too")
    return parser.parse_args()


def main() -> None:
    """Run as the command line says."""
    arguments = parse_arguments()
    actors: dict[str, Actor] = {}
    env = gymnasium.make(
        "ImageEdit-Develop-v0",
        split=arguments.split,
        image_size=arguments.image_size,
        disable_env_checker=True,
    )
    if arguments.model is not None:
        model = ALGORITHMS[arguments.algo].load(arguments.model, device="cpu")
        space = model.observation_space
        assert isinstance(space, gymnasium.spaces.Dict)
        env = FilterObservation(env, tuple(space.spaces))
        actors[arguments.algo] = ModelActor(model)
    rows = compare_sliders(env, arguments.episodes, actors)
    print(sliders_table(rows))
    if arguments.json is not None:
        plain = {name: row.as_json() for name, row in rows.items()}
        arguments.json.write_text(json.dumps(plain, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
