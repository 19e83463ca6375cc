"""The command ``editenv check-tasks``."""

from __future__ import annotations

import argparse
import sys

import gymnasium

from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.reach import Reach, Reached, reach
from editenv.tasks import SPLITS
from editenv.tools import TOOL_PRESETS
from editenv.types import ToolCall

DESCRIPTION = """Say for each pair in a folder of tasks how close the tools come to its target: by
the best single call, and by a greedy search that repeatedly makes the best call. A policy can learn
no more than the tools can reach. "left" is the share of the distance that remains."""

PIXELS = "pixels"
"""The grounder that proposes regions from the tasks' masks and from segments."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("path", metavar="PATH", help="a folder with tasks.jsonl, or a .jsonl file")
    parser.add_argument("--tools", default="all", help="a preset, or comma-separated names (all)")
    parser.add_argument("--split", default="train", choices=SPLITS)
    parser.add_argument("--image-size", type=int, default=128, help="side in pixels (128)")
    parser.add_argument("--count", type=int, help="only the first tasks")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    preset = arguments.tools in TOOL_PRESETS
    tools = arguments.tools if preset else arguments.tools.split(",")
    try:
        if arguments.count is not None and arguments.count < 1:
            raise ValueError(f"count={arguments.count} must be at least 1")
        env = gymnasium.make(
            "ImageEdit-v0",
            tasks=f"folder:{arguments.path}",
            split=arguments.split,
            tools=tools,
            image_size=arguments.image_size,
            grounder=PIXELS,
            disable_env_checker=True,
        )
    except ValueError as error:
        print(f"editenv check-tasks: {error}", file=sys.stderr)
        return 2
    base = env.unwrapped
    assert isinstance(base, ImageEditEnv)
    count = len(base.tasks)  # type: ignore[arg-type]
    print("| task | best single call | left | greedy search | left | solved |")
    print("|---|---|---|---|---|---|")
    found: list[Reach] = []
    for number in range(min(count, arguments.count or count)):
        env.reset(seed=number, options={"task": number})
        found_here = reach(base.workspace, base.calls)
        name = base.task.metadata.get("id", number)
        if found_here is None:
            print(f"| {name} | no target, or nothing to do | | | | |")
            continue
        found.append(found_here)
        print(f"| {name} | {_row(base, found_here)} |", flush=True)
    env.close()
    if found:
        solved = sum(one.greedy.solved for one in found)
        left = sum(one.greedy.left for one in found) / len(found)
        print(f"\n{solved} of {len(found)} solved by greedy search; {left:.0%} left on average")
    return 0


def _row(base: ImageEditEnv, found: Reach) -> str:
    cells = [*_cells(base, found.single), *_cells(base, found.greedy)]
    return " | ".join([*cells, "yes" if found.greedy.solved else "no"])


def _cells(base: ImageEditEnv, reached: Reached) -> tuple[str, str]:
    said = ", ".join(_said(base, call) for call in reached.calls)
    return said or "none helps", f"{reached.left:.0%}"


def _said(base: ImageEditEnv, call: ToolCall) -> str:
    tool = base.workspace.tools[call.tool]
    return f"{call.tool} {tool.options[call.option]} (slot {call.region})"
