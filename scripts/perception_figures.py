"""Print how well regions are recognised: the tables of ``docs/perception.md``.

    python scripts/perception_figures.py

Pictures of the test split: photographs that training never showed, names that it did. One core,
about three minutes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import permutations

import cv2
import numpy as np
from editenv_policies.arguments import Parser, at_least, run_main
from numpy.typing import NDArray
from perception_data import Example, Painter

from editenv.encoders.crops import CropEncoder, known_names
from editenv.encoders.static import StaticTextEncoder
from editenv.imaging.colour import COLOURS
from editenv.material import load_cutouts
from editenv.types import BACKGROUND, Region

TINY = 150
"""Pixels of the mask below which an object is called tiny."""

KINDS = ("object", "part", "pair", "piece", "background")

PLAIN = {"edits": 0.0, "cover": 0.0, "photo": 0.0}

Vectors = NDArray[np.float32]


def main() -> None:
    """Print all tables."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=at_least(1), default=300, help="for each row")
    parser.add_argument("--seed", type=at_least(0), default=0)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print("| objects | n | top-1 | top-5 |\n|---|---|---|---|")
    for name, size, how, wanted in rows():
        painted = paint("test", size, given.scenes, given.seed, how)
        report(name, [e for e in objects_of(painted) if wanted(e)], known_names())
    novel = tuple(dict.fromkeys(sprite.name for sprite in load_cutouts("novel")))
    painted = paint("novel", 128, given.scenes, given.seed, PLAIN)
    objects = [e for e in objects_of(painted) if e.names[0] in novel]
    report("names never trained on, 128 px", objects, (*known_names(), *novel))
    print_kinds(paint("test", 128, 2 * given.scenes, given.seed + 1, PLAIN))
    recoloured = paint("test", 128, given.scenes, given.seed + 2, {"edits": 0.5, "recolours": 1})
    print_colours(objects_of(recoloured))
    print_times()


def rows() -> list[tuple[str, int, dict[str, float], Callable[[Example], bool]]]:
    """Return name, size, how scenes are painted and which objects count."""
    sizes = [(f"{size} px", size, PLAIN, lambda e: True) for size in (64, 128, 256)]
    return [
        *sizes,
        ("128 px, cut-outs of train", 128, PLAIN, lambda e: e.source == "train"),
        ("128 px, other pictures of a name", 128, PLAIN, lambda e: e.source != "train"),
        (
            "128 px, recoloured",
            128,
            {"edits": 1.0, "recolours": 1.0, "cover": 0.0, "photo": 0.0},
            lambda e: "recoloured" in e.changed,
        ),
        (
            "128 px, darker, brighter, paler, more vivid",
            128,
            {"edits": 1.0, "recolours": 0.0, "cover": 0.0, "photo": 0.0},
            lambda e: "edited" in e.changed,
        ),
        (
            "128 px, covered by a fifth to two thirds",
            128,
            {"edits": 0.0, "cover": 1.0, "photo": 0.0},
            lambda e: "covered" in e.changed,
        ),
        (
            "128 px, the whole photo edited",
            128,
            {"edits": 0.0, "cover": 0.0, "photo": 1.0},
            lambda e: True,
        ),
        (f"128 px, tiny (below {TINY} pixels)", 128, PLAIN, lambda e: e.area < TINY),
        (f"64 px, tiny (below {TINY} pixels)", 64, PLAIN, lambda e: e.area < TINY),
    ]


def paint(
    split: str, size: int, scenes: int, seed: int, how: dict[str, float]
) -> list[list[Example]]:
    """Paint scenes of one size."""
    painter = Painter(split, np.random.default_rng(seed), **how)
    return [list(painter.examples(size)) for _ in range(scenes)]


def objects_of(painted: Sequence[Sequence[Example]]) -> list[Example]:
    """Return the whole objects of all scenes."""
    return [example for scene in painted for example in scene if example.kind == "object"]


def seen(examples: Sequence[Example]) -> Vectors:
    """Return (N, D) float32."""
    return CropEncoder().run([example.crop for example in examples])


def words(texts: Sequence[str]) -> Vectors:
    """Return (T, D) float32."""
    pooled = StaticTextEncoder().pooled
    return np.stack([pooled(text) for text in texts])


def report(name: str, examples: Sequence[Example], vocabulary: Sequence[str]) -> None:
    """Print one row of recognition."""
    if not examples:
        print(f"| {name} | 0 | | |")
        return
    likeness = seen(examples) @ words(vocabulary).T
    own = (seen(examples) * words([example.names[0] for example in examples])).sum(1)
    # A name that the model was never taught cannot be said.
    own[[example.names[0] not in vocabulary for example in examples]] = -1
    better = (likeness > own[:, None] + 1e-6).sum(1)
    top = [f"{100 * np.mean(better < count):.1f} %" for count in (1, 5)]
    print(f"| {name} | {len(examples)} | {top[0]} | {top[1]} |", flush=True)


def print_kinds(painted: Sequence[Sequence[Example]]) -> None:
    """Print what each kind of proposal is taken for: its nearest text of many.

    The texts are all names, parts of all names, "background", and the pairs of the names that are
    in the picture.
    """
    names = known_names()[:-1]
    general = {name: "object" for name in names} | {BACKGROUND: "background"}
    general |= {f"part of a {name}": "part" for name in names}
    table, kinds = words(tuple(general)), tuple(general.values())
    taken: dict[str, list[str]] = {kind: [] for kind in KINDS}
    pointed = []
    for scene in painted:
        there = sorted({e.names[0] for e in scene if e.kind == "object"})
        pairs = [" and ".join(pair) for pair in permutations(there, 2)]
        texts = np.concatenate([table, words(pairs)]) if pairs else table
        vectors = seen(scene)
        nearest = np.argmax(vectors @ texts.T, axis=1)
        for example, best in zip(scene, nearest, strict=True):
            if example.kind in taken:
                taken[example.kind].append(kinds[best] if best < len(kinds) else "pair")
        for name in there:
            first = scene[int(np.argmax(vectors @ words([name])[0]))]
            pointed.append(first.kind == "object" and first.names[0] == name)
    print("\n| a proposal that is | n | taken for an object | a part | a pair | background |")
    print("|---|---|---|---|---|---|")
    for kind in KINDS:
        found = np.array(taken[kind])
        shares = [100 * np.mean(found == k) for k in ("object", "part", "pair", "background")]
        print(f"| {kind} | {len(found)} | " + " | ".join(f"{s:.1f} %" for s in shares) + " |")
    share = 100 * np.mean(pointed)
    print(f"\nOf a picture's proposals the one nearest to a name is a whole object of that name: "
          f"{share:.1f} % of {len(pointed)}")  # fmt: skip


def print_colours(objects: Sequence[Example]) -> None:
    """Print how often the nearest of the twelve colour words is the colour of the pixels."""
    nearest = np.argmax(seen(objects) @ words(tuple(COLOURS)).T, axis=1)
    right = np.array([tuple(COLOURS)[i] for i in nearest]) == [e.colour for e in objects]
    print(f"\nColour of an object, of 12 words: {100 * np.mean(right):.1f} % of {len(objects)}")


def print_times() -> None:
    """Print what new and known crops cost, with cutting and hashing."""
    rng = np.random.default_rng(0)
    print("\n| crops | new, ms (best) | cached, ms (best) |\n|---|---|---|")
    for count in (1, 8, 64):
        image = rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)
        regions = [_random_region(rng) for _ in range(count)]
        encoder = CropEncoder()
        new, known = [], []
        for _ in range(50):
            encoder.clear()
            for times in (new, known):
                start = time.perf_counter()
                encoder.encode([image], [regions])
                times.append(1e3 * (time.perf_counter() - start))
        cells = [f"{np.median(times):.2f} ({min(times):.2f})" for times in (new, known)]
        print(f"| {count} | {cells[0]} | {cells[1]} |")


def _random_region(rng: np.random.Generator) -> Region:
    mask = np.zeros((128, 128), np.uint8)
    left, top = rng.integers(0, 88, 2)
    mask[top : top + 36, left : left + 30] = 255
    return Region.from_mask("", mask)


if __name__ == "__main__":
    run_main(main)
