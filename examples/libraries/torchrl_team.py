"""The team of five agents in TorchRL: specs, and a rollout with masks.

python examples/libraries/torchrl_team.py --rounds 8
"""

from __future__ import annotations

import argparse

from tensordict import TensorDictBase
from torchrl.envs import PettingZooWrapper
from torchrl.envs.utils import check_env_specs

from editenv import image_edit_v0
from editenv.wrappers.team import flat_observations, plain_infos


def make_env() -> PettingZooWrapper:
    """Build the parallel environment, with one group for all agents."""
    env = image_edit_v0.parallel_env(
        "ImageEdit-Direct-v0", uniform_spaces="flat", instruction_format="pooled"
    )
    env = plain_infos(flat_observations(env))
    return PettingZooWrapper(env, categorical_actions=True, group_map={"team": env.possible_agents})


def play(rounds: int) -> TensorDictBase:
    """Play so many rounds by chance, over the ends of episodes."""
    env = make_env()
    check_env_specs(env)
    return env.rollout(rounds, break_when_any_done=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    print(play(parser.parse_args().rounds))
