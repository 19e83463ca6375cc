"""What a training run leaves for people: a curve, a contact sheet, a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from editenv_policies.evaluation import HELD_OUT_SEED, Actor, Evaluation

TILE = 192
"""Side of a picture on the contact sheet, in pixels."""

CAPTION = 66


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Read lines of JSON; one that a crash cut off is left out, a missing file is empty."""
    lines: list[dict[str, Any]] = []
    for text in path.read_text().splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines


def save_curve(curve: list[dict[str, float]], path: Path, title: str) -> None:
    """Plot reward and success over steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.2))
    steps = [line["steps"] / 1000 for line in curve]
    for axis, key in zip(axes, ("reward", "success"), strict=True):
        axis.plot(steps, [line[key] for line in curve])
        axis.set(xlabel="thousand environment steps", ylabel=f"mean episode {key}")
        axis.grid(alpha=0.3)
    axes[1].set_ylim(0, 1)
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def markdown_table(scores: Mapping[str, Evaluation]) -> str:
    """One row an actor."""
    lines = ["| policy | success (95 % interval) | return | calls |", "|---|---|---|---|"]
    for name, score in scores.items():
        lines.append(f"| {name} | {score} | {score.mean_return:.2f} | {score.mean_length:.1f} |")
    return "\n".join(lines)


def save_contact_sheet(
    actor: Actor, env: gymnasium.Env, path: Path, *, rows: int = 6, first_seed: int = HELD_OUT_SEED
) -> None:
    """Save before, after and target of held-out episodes, two episodes a row."""
    width, height = 6 * TILE, rows * (TILE + CAPTION)
    sheet = Image.new("RGB", (width, height), "white")
    for number in range(2 * rows):
        episode = _play_for_sheet(actor, env, first_seed + number)
        left, top = (number % 2) * 3 * TILE, (number // 2) * (TILE + CAPTION)
        _draw_episode(sheet, episode, left, top)
    sheet.save(path)


def _play_for_sheet(actor: Actor, env: gymnasium.Env, seed: int) -> dict[str, Any]:
    base: Any = env.unwrapped
    observation, info = env.reset(seed=seed)
    actor.reset(env)
    calls: list[str] = []
    over = False
    while not over:
        action = actor.act(observation, env)
        calls.append(base.decode(action).tool)
        observation, _, terminated, truncated, info = env.step(action)
        over = terminated or truncated
    return {
        "pictures": (base.task.source, base.workspace.canvas, base.task.target),
        "instruction": info["instruction"],
        "calls": " > ".join(calls),
        "solved": info["is_success"],
    }


def _draw_episode(sheet: Image.Image, episode: dict[str, Any], left: int, top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=13)
    for column, (name, picture) in enumerate(
        zip(("before", "after", "target"), episode["pictures"], strict=True)
    ):
        if picture is None:
            continue
        tile = Image.fromarray(np.asarray(picture)).resize(
            (TILE - 6, TILE - 6), Image.Resampling.BICUBIC
        )
        sheet.paste(tile, (left + column * TILE + 3, top + 3))
        draw.text(
            (left + column * TILE + 8, top + 6),
            name,
            "white",
            font,
            stroke_width=2,
            stroke_fill="black",
        )
    colour = "#15803d" if episode["solved"] else "#b91c1c"
    mark = "solved: " if episode["solved"] else "not solved: "
    words = wrap(episode["instruction"], font, 3 * TILE - 16)
    draw.multiline_text((left + 8, top + TILE), "\n".join(words[:3]), "black", font)
    made = shorten(mark + episode["calls"], font, 3 * TILE - 16)
    draw.text((left + 8, top + TILE + CAPTION - 20), made, colour, font)


def shorten(text: str, font: Any, width: float) -> str:
    """Leave out the last words where a line would be longer than ``width`` pixels."""
    first, *rest = wrap(text, font, width)
    while rest and font.getlength(f"{first} ...") > width and " " in first:
        first = first.rpartition(" ")[0]
    return f"{first} ..." if rest else first


def wrap(text: str, font: Any, width: float) -> list[str]:
    """Break a text into lines of at most ``width`` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
