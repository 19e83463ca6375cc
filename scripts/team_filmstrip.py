"""Draw two rounds of a team: who saw what, decided what, and got which reward.

Run ``python scripts/team_filmstrip.py docs/images/team_round.png``. In the first round everyone
decides as an oracle does, in the second one the grounder points at another thing.
"""

from __future__ import annotations

from typing import Any

from editenv_policies.arguments import Parser, at_least, new_file, run_main
from editenv_policies.report import wrap
from PIL import Image, ImageDraw, ImageFont

from editenv import image_edit_v0
from editenv.agents import ROLES, oracle_team
from editenv.agents.team import METHODS
from editenv.envs.credit import CREDITS

ENV_ID = "ImageEdit-Direct-v0"
TILE, GAP, TEXT, HEAD = 208, 12, 176, 44
INK, FAINT, GOOD, BAD = "#111827", "#6b7280", "#15803d", "#b91c1c"

SEES = {
    "interpreter": "the canvas, the instruction and the history",
    "grounder": "also the interpreter's tuple",
    "selector": "also the region",
    "editor": "also the tool",
    "critic": "also the option, and the canvas before and after",
}


def play_round(seed: int, *, mistake: bool) -> list[dict[str, Any]]:
    """Play one round with every way to share the reward; return a panel for each role."""
    envs = {
        name: image_edit_v0.raw_env(ENV_ID, split="test", reward=name, image_size=128)
        for name in CREDITS
    }
    for env in envs.values():
        env.reset(seed=seed)
    rounds = envs["team"].rounds
    team = oracle_team()
    team.reset(rounds.base.workspace)
    panels, rewards = [], {name: dict.fromkeys(ROLES, 0.0) for name in CREDITS}
    for role in ROLES:
        view = rounds.view
        decision = getattr(getattr(team, role), METHODS[role])(view)
        if role == "grounder" and mistake:
            decision = _another_object(view.regions, decision)
        if role == "critic":
            decision = "submit"
        panels.append({"role": role, "canvas": view.canvas, "says": _words(role, view, decision)})
        for name, env in envs.items():
            env.step(rounds.interface.encode(role, decision))
            for other in ROLES:
                rewards[name][other] += env.rewards[f"{other}_0"]
    for panel in panels:
        panel["rewards"] = {name: rewards[name][panel["role"]] for name in CREDITS}
        panel["instruction"] = rounds.base.task.instruction
    return panels


def _another_object(regions: Any, slot: int) -> int:
    """The next region that looks neither like the right one nor like background."""
    right = regions[slot].label
    return next(
        number
        for number, region in enumerate(regions)
        if number > 0 and region is not None and region.label not in (right, "background")
    )


def _words(role: str, view: Any, decision: Any) -> str:
    if role == "interpreter":
        return f"{decision.action} / {decision.subject} / {decision.goal or '-'}"
    if role == "grounder":
        return f"slot {decision}: {view.regions[decision].label}"
    if role == "editor":
        return f"option {decision}: {view.tools[view.tool].options[decision]}"
    return str(decision)


def draw_panel(sheet: Image.Image, panel: dict[str, Any], left: int, top: int) -> None:
    """Draw what one role saw, decided and got."""
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=14)
    picture = Image.fromarray(panel["canvas"]).resize((TILE, TILE), Image.Resampling.BICUBIC)
    sheet.paste(picture, (left, top))
    y = top + TILE + 6
    draw.text((left, y), panel["role"], INK, ImageFont.load_default(size=17))
    y += 24
    for line in wrap(f"sees {SEES[panel['role']]}", font, TILE):
        draw.text((left, y), line, FAINT, font)
        y += 17
    y = top + TILE + 6 + 24 + 3 * 17
    for line in wrap(f"decides {panel['says']}", font, TILE)[:2]:
        draw.text((left, y), line, INK, font)
        y += 17
    y = top + TILE + 6 + 24 + 5 * 17 + 4
    for name, value in panel["rewards"].items():
        colour = GOOD if value > 0 else BAD if value < 0 else FAINT
        draw.text((left, y), f"{name} {value:+.2f}", colour, font)
        y += 16


def main() -> None:
    """Write the picture."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=new_file)
    parser.add_argument("--seed", type=at_least(0), default=1_000_010)
    arguments = parser.parse_args()
    width = len(ROLES) * (TILE + GAP) + GAP
    row = HEAD + TILE + TEXT
    sheet = Image.new("RGB", (width, 2 * row), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=17)
    titles = ("all as the oracle", "the grounder points at another thing")
    for number, (title, mistake) in enumerate(zip(titles, (False, True), strict=True)):
        panels = play_round(arguments.seed, mistake=mistake)
        draw.text((GAP, number * row + 12), f"“{panels[0]['instruction']}”: {title}", INK, font)
        for column, panel in enumerate(panels):
            draw_panel(sheet, panel, GAP + column * (TILE + GAP), number * row + HEAD)
    sheet.save(arguments.path)


if __name__ == "__main__":
    run_main(main)
