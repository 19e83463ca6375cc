"""How near tools come to targets, and the command that says it of a folder."""

import json

import cv2
import gymnasium
import numpy as np
import pytest

from editenv.cli import main
from editenv.envs.reach import reach
from editenv.material import load_backgrounds
from editenv.tools import make_tool
from editenv.types import EditTask, SubEdit

PHOTO = np.ascontiguousarray(load_backgrounds("train")[0].image[:64, :64])
FULL = np.full((64, 64), 255, np.uint8)


def edited(*calls):
    picture = PHOTO
    for name, option in calls:
        tool = make_tool(name)
        picture = tool.apply([picture], [FULL], [tool.options.index(option)])[0].image
    return picture


def reached(target, tools=("exposure", "saturation", "contrast")):
    env = gymnasium.make("ImageEdit-v0", image_size=64, tools=tools, disable_env_checker=True)
    task = EditTask(PHOTO, "do it", (SubEdit("edit", "whole image"),), (target,))
    env.reset(seed=0, options={"task": task})
    workspace = env.unwrapped.workspace
    found = reach(workspace, env.unwrapped.calls)
    assert workspace.canvas is task.source and not workspace.history, "left as it was"
    return found


def test_what_one_call_makes_is_reached_by_one_call():
    found = reached(edited(("exposure", "+1 EV")))
    (call,) = found.single.calls
    assert (call.tool, call.region) == ("exposure", 0)
    assert found.single.left == 0.0 and found.single.solved
    assert found.greedy.calls == found.single.calls


def test_what_takes_two_calls_is_reached_by_the_search_only():
    found = reached(edited(("exposure", "+1 EV"), ("saturation", "black and white")))
    assert len(found.single.calls) == 1 and found.single.left > 0.1
    assert len(found.greedy.calls) == 2 and found.greedy.left < found.single.left
    assert found.greedy.solved and not found.single.solved


def test_what_no_tool_can_do_is_said():
    noise = np.random.default_rng(0).integers(0, 255, PHOTO.shape).astype(np.uint8)
    found = reached(noise, tools=("saturation",))
    assert found.greedy.left > 0.9 and not found.greedy.solved


def test_there_is_nothing_to_reach_without_a_target_or_a_difference():
    assert reached(PHOTO.copy()) is None


@pytest.fixture
def folder(tmp_path):
    lines = []
    for name, picture in {"source": PHOTO, "target": edited(("exposure", "+1 EV"))}.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture[..., ::-1])
    line = {"source": "source.png", "instruction": "brighter", "id": "first"}
    lines += [{**line, "target": "target.png"}, {**line, "id": "second"}]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def test_the_command(folder, capsys):
    given = ["check-tasks", str(folder), "--image-size", "64", "--tools", "exposure,contrast"]
    assert main(given) == 0
    said = capsys.readouterr().out
    row = next(line for line in said.splitlines() if line.startswith("| first |"))
    assert "exposure +1 EV (slot 0) | 0%" in row and row.endswith("| yes |")
    assert "| second | no target" in said
    assert "1 of 1 solved" in said
    assert main([*given, "--count", "1"]) == 0
    assert "second" not in capsys.readouterr().out
    assert main([*given[:4], "--tools", "exposure"]) == 0, "one tool is a list too"
    assert "1 of 1 solved" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["nowhere"], "nowhere"),
        (["{folder}", "--tools", "hammers"], "tool 'hammers' is unknown"),
        (["{folder}", "--count", "0"], "count=0 must be at least 1"),
    ],
)
def test_bad_input_is_one_line(folder, capsys, change, words):
    assert main(["check-tasks", *(word.format(folder=folder) for word in change)]) == 2
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1
