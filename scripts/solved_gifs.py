"""Draw an animated picture of a solved episode for the page of every environment.

    python scripts/solved_gifs.py docs/images/solved

The oracle plays held-out tasks; the first one that it solves and that asks for enough edits is
drawn, call by call.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from editenv_policies.arguments import Parser, run_main
from editenv_policies.baselines import OracleActor
from editenv_policies.develop.actors import Oracle
from editenv_policies.evaluation import HELD_OUT_SEED
from PIL import Image, ImageDraw

import editenv
from editenv.envs.drawing import FAINT, INK, PAPER, fitted, font
from editenv.types import ToolCall

SIDE, CAPTION = 256, 130
MOST_BYTES = 150_000
EDITS = {"ImageEdit-Direct-v0": 1, "ImageEdit-Indirect-v0": 2}
"""How many edits the task has; 3 for the others, so that there is something to see."""

TEXT, DEVELOP = "ImageEditText-v0", "ImageEdit-Develop-v0"

MILLISECONDS = (1600, 1200, 2600)
"""How long the picture before, one of the calls, and the last one are shown."""


def solved_episode(env: gymnasium.Env) -> list[tuple[np.ndarray, str]]:
    """Return the pictures of a solved episode, each with what was called."""
    assert env.spec is not None
    edits = EDITS.get(env.spec.id, 3)
    for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + 300):
        frames, solved = _play(env, seed)
        base: Any = env.unwrapped
        if solved and len(base.task.sub_edits) == edits:
            return frames
    raise ValueError(f"env={env}: the oracle solved none of 300 tasks with {edits} edits")


def _play(env: gymnasium.Env, seed: int) -> tuple[list[tuple[np.ndarray, str]], bool]:
    base: Any = env.unwrapped
    observation, info = env.reset(seed=seed)
    actor, over = OracleActor(), False
    actor.reset(env)
    frames = [(base.task.source, f"“{info['instruction']}”")]
    while not over:
        action = actor.act(observation, env)
        words = describe(base, base.decode(action), len(frames) - 1)
        observation, _, terminated, truncated, info = env.step(action)
        frames.append((base.workspace.canvas, words))
        over = terminated or truncated
    return frames, bool(info["is_success"])


def describe(base: Any, call: ToolCall, number: int) -> str:
    """Name the oracle's call, which is the task's next edit, as a person would."""
    tool = base.workspace.tools.get(call.tool)
    if tool is None:
        return call.tool
    subject = base.task.sub_edits[number].subject
    return f"{call.tool}: {subject}, {tool.options[call.option]}"


def draw(frames: list[tuple[np.ndarray, str]]) -> Iterator[Image.Image]:
    """Draw the frames of the animation."""
    for number, (picture, words) in enumerate(frames):
        sheet = Image.new("RGB", (SIDE, SIDE + CAPTION), PAPER)
        shown = Image.fromarray(picture)
        shown.thumbnail((SIDE, SIDE))
        if max(shown.size) < SIDE:
            scale = SIDE / max(shown.size)
            size = round(shown.width * scale), round(shown.height * scale)
            shown = shown.resize(size, Image.Resampling.BICUBIC)
        sheet.paste(shown, ((SIDE - shown.width) // 2, (SIDE - shown.height) // 2))
        pen = ImageDraw.Draw(sheet)
        size, step, lines = fitted(words, (14, 13, 12, 11), SIDE - 24, CAPTION - 32)
        for row, line in enumerate(lines):
            pen.text((12, SIDE + 10 + row * step), line, INK, font(size))
        place = "the user’s picture" if number == 0 else f"step {number} of {len(frames) - 1}"
        pen.text((12, SIDE + CAPTION - 18), place, FAINT, font(11))
        yield sheet


def save(frames: list[tuple[np.ndarray, str]], path: Path) -> int:
    """Write the animation with as many colours as it may take; return its size in bytes.

    Raises:
        ValueError: it is too large even with 32 colours.
    """
    drawn = [*draw(frames)]
    first, call, last = MILLISECONDS
    times = [first + 1400, *[call] * (len(drawn) - 2), last]
    together = Image.new("RGB", (SIDE, len(drawn) * drawn[0].height))
    for number, frame in enumerate(drawn):
        together.paste(frame, (0, number * frame.height))
    for colours in (256, 192, 128, 96, 64, 48, 32):
        # With one palette for all, a frame needs only what has changed.
        palette = together.quantize(colours)
        plain = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in drawn]
        plain[0].save(path, save_all=True, append_images=plain[1:], duration=times, loop=0)
        if path.stat().st_size <= MOST_BYTES:
            return path.stat().st_size
    raise ValueError(f"{path} has {path.stat().st_size} bytes: at most {MOST_BYTES} are wanted")


def answered_episode(env: gymnasium.Env) -> list[tuple[np.ndarray, str]]:
    """Return the pictures before and after the first right answer to a task of three edits."""
    base: Any = env.unwrapped
    for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + 300):
        _, info = env.reset(seed=seed)
        task, answer = base.task, base.reference_answer()
        observation, *_, info = env.step(answer)
        if info["is_success"] and len(task.sub_edits) == 3:
            said = (task.source, f"“{task.instruction}”")
            return [said, (task.source, answer), (observation["image"], "edited as it says")]
    raise ValueError(f"env={env}: the reference solved none of 300 tasks with 3 edits")


def developed_episode(env: gymnasium.Env) -> list[tuple[np.ndarray, str]]:
    """Return the pictures of a task of three sliders, which are moved one after the other."""
    base: Any = env.unwrapped
    for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + 300):
        observation, info = env.reset(seed=seed)
        oracle = Oracle()
        oracle.reset(env)
        wanted = oracle.act(observation, env)
        moved = np.flatnonzero(wanted)
        frames = [(base.task.source, f"“{info['instruction']}”")]
        for count, slider in enumerate(moved, 1):
            action = np.zeros_like(wanted)
            action[moved[:count]] = wanted[moved[:count]]
            observation, *_, info = env.step(action)
            frames.append((observation["image"], f"{base.sliders[slider]} {wanted[slider]:+.2f}"))
        if info["is_success"] and len(moved) == 3:
            return frames
    raise ValueError(f"env={env}: none of 300 tasks has 3 sliders")


def main() -> None:
    """Draw one animation an id."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    shown = {TEXT: answered_episode, DEVELOP: developed_episode}
    for env_id in (*editenv.CONFIGURATIONS, *shown):
        size = {"image_size": 128} if env_id == DEVELOP else {}
        env = gymnasium.make(env_id, split="test", disable_env_checker=True, **size)
        frames = shown.get(env_id, solved_episode)(env)
        path = folder / f"{env_id}.gif"
        print(f"{path}: {save(frames, path)} bytes", flush=True)
        env.close()


if __name__ == "__main__":
    run_main(main)
