"""Training on pairs of one's own with tools of one's own, and editing with what comes of it."""

import json
from contextlib import closing
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from editenv_policies.arguments import environment_of, keep_arguments
from editenv_policies.held_out import HeldOut, check_environment
from editenv_policies.imitation import Clone
from editenv_policies.photo.policy import PolicyPlayer
from editenv_policies.recipe import CoordinatorRecipe, run
from editenv_policies.recipe.settings import RECIPE, begin_run
from editenv_policies.recipe.team import TeamRecipe
from PIL import Image
from skimage import data

from editenv.cli import main
from editenv.tools import TOOLS
from editenv.tools.run import edit_one

TOOLS_OF_MINE = "white_balance,contrast"

SMALL = CoordinatorRecipe(
    env="ImageEdit-Retouch-v0",
    algo="maskable",
    from_scratch=False,
    data=None,
    demonstrations=4,
    minutes=(1.0, 0.02, 1.0),
    steps=100,
    episodes=2,
    num_envs=4,
    width=16,
    seed=0,
    threads=1,
    smoke=True,
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A folder of two pairs that the tools can reach."""
    folder = tmp_path_factory.mktemp("pairs")
    wanted = [("white_balance", "cooler", "make it cooler"), ("contrast", "flatter", "less flat")]
    lines = []
    for number, (tool, option, words) in enumerate(wanted):
        source = np.asarray(Image.fromarray(data.coffee()).resize((128, 128)))
        mask = np.full((128, 128), 255, np.uint8)
        index = TOOLS[tool].options.index(option)
        Image.fromarray(source).save(folder / f"source{number}.png")
        target = edit_one(TOOLS[tool], source, mask, index).image
        Image.fromarray(target).save(folder / f"target{number}.png")
        edits = [{"action": tool, "subject": "whole image", "goal": option}]
        line = {"source": f"source{number}.png", "target": f"target{number}.png"}
        lines.append(json.dumps({**line, "instruction": words, "sub_edits": edits}))
    (folder / "tasks.jsonl").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "coffee.png"
    Image.fromarray(data.coffee()).resize((150, 100)).save(path)
    return path


def test_what_the_arguments_mean():
    assert environment_of(None, None) == {}
    assert environment_of("folder:x", "all") == {"tasks": "folder:x", "tools": "all"}
    assert environment_of(None, "blur, move") == {"tools": ["blur", "move"]}
    assert environment_of(None, "blur") == {"tools": ["blur"]}


def test_a_run_on_ones_own_pairs_leaves_a_coordinator_that_edits_photos(
    pairs, photo, tmp_path, capsys
):
    recipe = replace(SMALL, tasks=f"folder:{pairs}", tools=TOOLS_OF_MINE)
    results = run(recipe, tmp_path / "run")
    assert results["scores"]["oracle"]["successes"] == 2
    assert f"--tasks folder:{pairs} --tools {TOOLS_OF_MINE}" in results["command"]
    capsys.readouterr()
    words = ["--policy", str(tmp_path / "run"), "--json"]
    assert main(["edit", str(photo), "make it cooler", *words]) in (0, 3, 4)
    report = json.loads(capsys.readouterr().out)
    tools = {call["tool"] for call in report["calls"]}
    assert tools <= {"white_balance", "contrast", "undo"}
    assert report["status"] != "failed"


def test_a_coordinator_of_other_tools_and_sizes_says_so_itself(tmp_path):
    arguments = {"tools": ["flip", "blur"], "slots": 3, "image_size": (48, 64)}
    arguments |= {"history_length": 2, "max_tokens": 16}
    with closing(gymnasium.make("ImageEdit-v0", disable_env_checker=True, **arguments)) as env:
        Clone.for_env(env, width=16).save(tmp_path)
    player = PolicyPlayer(str(tmp_path))
    assert player.slots == 3
    assert {**player.arguments, "max_steps": None} == {**arguments, "max_steps": None}


def test_a_model_of_other_tools_is_known_by_the_arguments_of_its_run(tmp_path):
    from argparse import Namespace

    from editenv_policies.sb3.models import make_model
    from editenv_policies.sb3.state import save_model
    from editenv_policies.sb3.vec_env import make_sb3_vec_env

    env = make_sb3_vec_env("ImageEdit-v0", 1, seed=0, tools=["flip", "blur"])
    save_model(make_model("maskable", env, seed=0, smoke=True), tmp_path / "model.zip")
    env.close()
    with pytest.raises(ValueError, match="was trained for other tools"):
        PolicyPlayer(str(tmp_path / "model.zip"))
    given = Namespace(out=tmp_path, resume=False, env="ImageEdit-v0", tools="flip,blur", tasks=None)
    keep_arguments(given)
    player = PolicyPlayer(str(tmp_path))
    assert player.arguments["tools"] == ["flip", "blur"]


def test_a_run_of_before_there_were_such_settings_goes_on(tmp_path):
    begin_run(SMALL, tmp_path, resume=False)
    kept = json.loads((tmp_path / RECIPE).read_text())
    old = {name: value for name, value in kept.items() if name not in ("tasks", "tools")}
    (tmp_path / RECIPE).write_text(json.dumps(old))
    begin_run(SMALL, tmp_path, resume=True)
    (tmp_path / RECIPE).write_text(json.dumps(old))
    with pytest.raises(ValueError, match=r"tools='photo', but the run in .* has None"):
        begin_run(replace(SMALL, tools="photo"), tmp_path, resume=True)


def test_a_teams_recipe_has_them_too():
    names = ("env", "demonstrations", "minutes", "episodes", "num_envs", "width", "seed")
    given = {name: getattr(SMALL, name) for name in (*names, "threads", "smoke")}
    recipe = TeamRecipe(**given, coordinator=None, rounds=4, tools="blur,move")
    assert recipe.arguments == {"history_length": 8, "tools": ["blur", "move"]}
    assert "--tools blur,move" in recipe.command


def test_tasks_that_are_not_there_are_refused_before_anything_is_made(pairs, tmp_path):
    with pytest.raises(ValueError, match="nowhere"):
        run(replace(SMALL, tasks="folder:nowhere"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match="'nothing' is unknown"):
        check_environment("ImageEdit-v0", environment_of(None, "nothing"))
    held_out = HeldOut("ImageEdit-v0", 1, arguments=environment_of(f"folder:{pairs}", "photo"))
    with closing(held_out.make()) as env:
        assert len(env.unwrapped.tasks) == 2
