"""Score a team whose interpreter is a vision-language model, and draw it at work.

    python scripts/neural_team.py
    python scripts/neural_team.py --picture docs/images/neural_team.jpg

The model is the small one that comes with the project (``docs/small_vlm.md``) unless ``--model``
names another one, as in ``editenv.models.chat.make_chat_model``; the other members are scripted.
Regions have their true names (*privileged*): what is scored is the interpreter.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from editenv_policies.report import wrap
from editenv_policies.small_vlm import SHORT_PROMPT, model_folder
from PIL import Image, ImageDraw, ImageFont

from editenv.agents import Intent, Team, scripted_team
from editenv.agents.roles import RoundView
from editenv.answers.conversation import in_words
from editenv.envs.image_edit import ImageEditEnv
from editenv.failure import FailureError
from editenv.models.members.interpreter import ChatInterpreter
from editenv.registration import CONFIGURATIONS
from editenv.types import Image as Picture
from editenv.workspace import Workspace

ROUNDS = 8
TILE, GAP, HEAD, TEXT = 200, 10, 56, 62
INK, GOOD, BAD = "#111827", "#15803d", "#b91c1c"

ROWS = (("multistep", "train", 0), ("multistep", "train", 18))
"""Tasks of the picture: source, split and number."""


class Recorded:
    """An interpreter that keeps what it said."""

    def __init__(self, interpreter: ChatInterpreter) -> None:
        self._interpreter = interpreter
        self.said: list[Intent] = []

    def reset(self, workspace: Workspace) -> None:
        """Start an episode."""
        self._interpreter.reset(workspace)
        self.said = []

    def interpret(self, view: RoundView) -> Intent | None:
        """Say what the interpreter says."""
        intent = self._interpreter.interpret(view)
        if intent is not None:
            self.said.append(intent)
        return intent


def play(team: Team, workspace: Workspace) -> list[Picture]:
    """Play an episode; return the canvas after every round."""
    team.reset(workspace)
    canvases = [workspace.canvas]
    for cycle in range(ROUNDS):
        team.play_round(workspace, cycle)
        if workspace.submitted:
            break
        canvases.append(workspace.canvas)
    return canvases


def score(team: Team, env: ImageEditEnv, count: int) -> tuple[int, int]:
    """Return how many of the first tasks the team solved, and how many failed."""
    solved = failed = 0
    for number in range(count):
        env.reset(options={"task": number})
        try:
            play(team, env.workspace)
        except FailureError:
            failed += 1
            continue
        solved += env.workspace.submitted and env.workspace.state.verdict.success
    return solved, failed


def print_scores(interpreter: ChatInterpreter, names: list[str], count: int, material: str) -> None:
    """Print a row for each id and split."""
    neural = replace(scripted_team(), interpreter=interpreter)
    print("| id | split | scripted interpreter | chat interpreter | failures |")
    print("|---|---|---|---|---|")
    for name in names:
        for split in ("train", "test"):
            env = ImageEditEnv(
                **CONFIGURATIONS[name][1],
                split=split,
                material=material,
                image_size=96,
                region_labels=True,
            )
            base, _ = score(scripted_team(), env, count)
            solved, failed = score(neural, env, count)
            row = f"{base} of {count} | {solved} of {count} | {failed}"
            print(f"| `{name}` | {split} | {row} |", flush=True)


def draw(interpreter: ChatInterpreter, path: Path, material: str) -> None:
    """Draw a row for each of ``ROWS``: the picture, what was said, and what came of it."""
    recorded = Recorded(interpreter)
    team = replace(scripted_team(), interpreter=recorded)
    strips = []
    for tasks, split, number in ROWS:
        env = ImageEditEnv(
            tasks=tasks, split=split, material=material, image_size=192, region_labels=True
        )
        env.reset(options={"task": number})
        canvases = play(team, env.workspace)
        strips.append((env.task.instruction, canvases, list(recorded.said), env.workspace))
    columns = max(len(canvases) for _, canvases, _, _ in strips)
    height = HEAD + TILE + TEXT
    sheet = Image.new("RGB", (GAP + columns * (TILE + GAP), len(strips) * height), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (instruction, canvases, said, workspace) in enumerate(strips):
        top = row * height
        font = ImageFont.load_default(size=15)
        for number, line in enumerate(wrap(f"“{instruction}”", font, sheet.width - 2 * GAP)[:2]):
            pen.text((GAP, top + 10 + 19 * number), line, INK, font)
        for column, canvas in enumerate(canvases):
            left = GAP + column * (TILE + GAP)
            tile = Image.fromarray(canvas).resize((TILE, TILE), Image.Resampling.BICUBIC)
            sheet.paste(tile, (left, top + HEAD))
            caption = in_words(said[column - 1]) if column else "the photo"
            small = ImageFont.load_default(size=14)
            for number, line in enumerate(wrap(caption, small, TILE)[:2]):
                pen.text((left, top + HEAD + TILE + 4 + 17 * number), line, INK, small)
        solved = workspace.state.verdict.success
        left = GAP + (len(canvases) - 1) * (TILE + GAP)
        verdict, colour = ("solved", GOOD) if solved else ("not solved", BAD)
        pen.text((left, top + HEAD + TILE + 38), verdict, colour, ImageFont.load_default(size=14))
    sheet.save(path, quality=88)


def main() -> None:
    """Print the table, or write the picture."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=f"transformers:{model_folder()}")
    parser.add_argument("--system", default=SHORT_PROMPT, help="system prompt")
    parser.add_argument("--env", nargs="+", default=["ImageEdit-Direct-v0"], metavar="ID")
    parser.add_argument("--material", default="photo", help="of the scenes")
    parser.add_argument("--count", type=at_least(1), default=50, help="tasks an id and split")
    parser.add_argument("--picture", type=new_file, help="draw this instead of scoring")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    interpreter = ChatInterpreter(arguments.model, system=arguments.system, max_tokens=128)
    if arguments.picture:
        draw(interpreter, arguments.picture, arguments.material)
    else:
        print_scores(interpreter, arguments.env, arguments.count, arguments.material)


if __name__ == "__main__":
    run_main(main)
