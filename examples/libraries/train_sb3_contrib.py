"""sb3-contrib's MaskablePPO, RecurrentPPO and QRDQN with their own networks.

python examples/libraries/train_sb3_contrib.py --algorithm maskable --steps 2000
"""

from __future__ import annotations

import argparse

import gymnasium
from sb3_contrib import QRDQN, MaskablePPO, RecurrentPPO
from sb3_contrib.common.maskable.evaluation import evaluate_policy as evaluate_masked
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.evaluation import evaluate_policy

ALGORITHMS = {
    "maskable": (MaskablePPO, "MultiInputPolicy", {"n_steps": 64}),
    "recurrent": (
        RecurrentPPO,
        "MultiInputLstmPolicy",
        {"n_steps": 64, "batch_size": 64, "n_epochs": 4},
    ),
    "qrdqn": (QRDQN, "MultiInputPolicy", {"buffer_size": 5_000, "learning_starts": 32}),
}


def train(algorithm: str, steps: int) -> BaseAlgorithm:
    """Train for so many steps; a flat action has an exact mask."""
    create, policy, settings = ALGORITHMS[algorithm]
    env = gymnasium.make(
        "editenv:ImageEdit-Direct-v0",
        instruction_format="pooled",
        image_size=64,
        action_format="discrete",
    )
    return create(policy, env, seed=0, verbose=1, **settings).learn(steps)


def main() -> None:
    """Train as the command line says, and play ten episodes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--algorithm", choices=ALGORITHMS, default="maskable")
    parser.add_argument("--steps", type=int, default=2_000)
    arguments = parser.parse_args()
    model = train(arguments.algorithm, arguments.steps)
    evaluate = evaluate_masked if arguments.algorithm == "maskable" else evaluate_policy
    mean, deviation = evaluate(model, model.get_env(), n_eval_episodes=10)
    print(f"return {mean:.3f} +- {deviation:.3f}")


if __name__ == "__main__":
    main()
