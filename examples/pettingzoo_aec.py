"""The plain PettingZoo loop: five agents edit a picture by chance.

python examples/pettingzoo_aec.py --env ImageEdit-Direct-v0 --seed 0
"""

from __future__ import annotations

from editenv_policies.arguments import Parser, at_least, run_main

import editenv
from editenv import image_edit_v0


def main() -> None:
    """Play one episode and say who did what."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--env", default="ImageEdit-Direct-v0", choices=editenv.CONFIGURATIONS)
    parser.add_argument("--seed", type=at_least(0), default=0)
    arguments = parser.parse_args()

    env = image_edit_v0.env(arguments.env)
    env.reset(seed=arguments.seed)
    for number, agent in enumerate(env.possible_agents):
        env.action_space(agent).seed(arguments.seed + number)
    print(env.infos[env.agent_selection]["instruction"])
    for agent in env.agent_iter():
        observation, reward, terminated, truncated, info = env.last()
        if terminated or truncated:
            env.step(None)
            continue
        action = env.action_space(agent).sample(observation.get("action_mask"))
        print(f"{agent:15} reward {reward:+.3f}  action {action}")
        env.step(action)
    print("solved" if info["is_success"] else "not solved")
    env.close()


if __name__ == "__main__":
    run_main(main)
