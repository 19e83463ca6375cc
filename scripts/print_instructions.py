"""Write 50 instructions of every id as Markdown, for people to read.

Run ``python scripts/print_instructions.py > docs/instructions.md``.
"""

from __future__ import annotations

import gymnasium
from editenv_policies.arguments import Parser, run_main

import editenv


def main() -> None:
    """Half from the training split, half from the test split."""
    Parser(description=(__doc__ or "").splitlines()[0]).parse_args()
    print("# What users ask for\n\nMade by `python scripts/print_instructions.py`.")
    for env_id in editenv.CONFIGURATIONS:
        print(f"\n## {env_id}")
        for split in ("train", "test"):
            print(f"\n`{split}`\n")
            env = gymnasium.make(env_id, split=split, disable_env_checker=True)
            for seed in range(25):
                print(f"- {env.reset(seed=seed)[1]['instruction']}")
            env.close()


if __name__ == "__main__":
    run_main(main)
