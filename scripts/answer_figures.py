"""Print the figures of ``docs/text.md``: the reference's success, and words against names."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from time import process_time

from editenv_policies.arguments import Parser, at_least, run_main

import editenv
from editenv.answers.words import SYNONYM, normal
from editenv.encoders import make_encoder
from editenv.envs.text import ImageEditTextEnv
from editenv.material import sprite_names

PAIRS = Path(__file__).parent / "synonyms.txt"
WORD_TERMS = ("format", "action", "subject", "goal")


def reference_line(env_id: str, split: str, tasks: int, image_size: int) -> str:
    """How the reference answers of the first tasks of a split score."""
    env = ImageEditTextEnv(env_id, split=split, image_size=image_size)
    best = env.rules.reward.weights
    solved = worded = 0
    seconds = 0.0
    for index in range(tasks):
        env.reset(options={"task": index})
        answer = env.reference_answer()
        start = process_time()
        *_, info = env.step(answer)
        seconds += process_time() - start
        solved += info["is_success"]
        worded += all(abs(info["reward_terms"][name] - best[name]) < 1e-9 for name in WORD_TERMS)
    share = f"{100 * worded / tasks:.1f} % | {100 * solved / tasks:.1f} %"
    return f"| `{env_id}` | {split} | {share} | {1000 * seconds / tasks:.1f} |"


def cosine(one: str, other: str) -> float:
    """Cosine of two names, as ``NameFinder`` compares them."""
    encoder = make_encoder("static")
    return float(encoder.pooled(normal(one)) @ encoder.pooled(normal(other)))


def share_above(pairs: Iterable[tuple[str, str]]) -> str:
    """How many pairs of names count as synonyms."""
    counted = [cosine(*pair) >= SYNONYM for pair in pairs]
    return f"{sum(counted)} of {len(counted)}"


def main() -> None:
    """Print both tables."""
    parser = Parser(description=__doc__)
    parser.add_argument("--tasks", type=at_least(1), default=200)
    parser.add_argument("--image-size", type=at_least(1), default=224)
    arguments = parser.parse_args()
    listed: dict[str, list[tuple[str, str]]] = {"same": [], "other": []}
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        kind, one, other = line.split(",")
        listed[kind].append((one, other))
    print(f"cosine at least {SYNONYM}: {share_above(listed['same'])} synonyms, ", end="")
    print(f"{share_above(listed['other'])} other pairs, ", end="")
    print(f"{share_above(combinations(sprite_names(), 2))} pairs of different objects")
    for env_id in editenv.CONFIGURATIONS:
        for split in ("train", "test"):
            line = reference_line(env_id, split, arguments.tasks, arguments.image_size)
            print(line, flush=True)


if __name__ == "__main__":
    run_main(main)
