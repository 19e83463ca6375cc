"""The command ``editenv audit``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from gymnasium.error import DependencyNotInstalled

from editenv.models.audit.run import audit
from editenv.models.audit.write import as_markdown, write_reports
from editenv.registration import CONFIGURATIONS

DESCRIPTION = """Build results whose right order is known (nothing done, all done, half done, done
with damage, overdone, the wrong thing, the wrong goal, noise), let the reward or a judge score
them, and report where the scores contradict the order, how they vary and how they are biased. The
exit status is 1 if an order is violated too often or a check fails, 2 if an argument is wrong."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--env", default="all", help="a registered id, or all (the default)")
    parser.add_argument("--reward", help="a preset of the reward (default without --judge: shaped)")
    parser.add_argument(
        "--judge",
        help="l1, ssim, psnr, vlm:MODEL, editscore:MODEL, clip:FOLDER, or a mix as JSON: "
        '\'{"l1": 0.5, "vlm:MODEL": 0.5}\'',
    )
    parser.add_argument("--tasks", help="a source of tasks instead of the id's own")
    parser.add_argument("--split", default="test", help="train, validation or test (the default)")
    parser.add_argument("--image-size", type=int, help="side of the pictures in pixels")
    parser.add_argument("--episodes", type=int, default=50, help="tasks per id (default: 50)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first task (default: 0)")
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest rate of violations that passes (default: 0 for a reward, 0.1 for a judge)",
    )
    parser.add_argument("--out", help="folder for audit.md, audit.json and the pictures")
    parser.add_argument("--json", action="store_true", help="print JSON, not Markdown")


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    ids = [*CONFIGURATIONS] if arguments.env == "all" else [arguments.env]
    given = {"tasks": arguments.tasks, "image_size": arguments.image_size}
    more: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        reports = [
            report
            for env_id in ids
            for report in audit(
                env_id,
                reward=arguments.reward,
                judge=_judge(arguments.judge),
                episodes=arguments.episodes,
                seed=arguments.seed,
                tolerance=arguments.tolerance,
                split=arguments.split,
                **more,
            )
        ]
    except (ValueError, DependencyNotInstalled) as error:
        print(f"editenv audit: {error}", file=sys.stderr)
        return 2
    if arguments.out is not None:
        write_reports(reports, arguments.out)
    if arguments.json:
        print(json.dumps([report.as_json() for report in reports], indent=1))
    else:
        print(as_markdown(reports))
    return 0 if all(report.passed for report in reports) else 1


def _judge(text: str | None) -> Any:
    """Read ``--judge``: a name, or weights by name as JSON."""
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"judge={text!r} is no JSON: {error}") from None
