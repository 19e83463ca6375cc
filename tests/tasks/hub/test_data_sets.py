"""Every data set by name: its columns become tasks, and tasks become episodes."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import numpy as np
import pytest
from miniatures import BLUE, GREEN, MINIATURES, RED, complex_edit, gedit_bench, save

import editenv  # noqa: F401
from editenv.models.hub import find_data_set, hub_tasks
from editenv.tasks.registry import DATA_SETS
from editenv.types import mask_box

CONFIRMED = {
    "realedit": {"source": "before", "instruction": "wish", "target": "answers", "id": "note"},
    "psr": {"source": "before", "instruction": "wish", "target": "answers"},
    "imgedit-bench": {"source": "id", "instruction": "prompt", "task_type": "edit_type"},
}
"""What a user says who has looked at the files."""

WITHOUT_TARGET = {
    "emu-edit",
    "emu-edit-generations",
    "gedit-bench",
    "imgedit-bench",
    "complex-edit",
}
WITH_MASK = {"magicbrush", "ultraedit-region"}

pytestmark = pytest.mark.filterwarnings("ignore:.*no column")


def opened(mirrors, name, split=None, **arguments):
    split = split or next(iter(find_data_set(name).splits))
    columns = arguments.pop("columns", CONFIRMED.get(name))
    return hub_tasks(name, split=split, mirror=mirrors[name], columns=columns, **arguments)


def close_to(picture, colour):
    return np.abs(picture.astype(int) - colour).max() < 8


def test_every_data_set_has_a_miniature(mirrors):
    assert set(mirrors) == set(DATA_SETS)


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("name", DATA_SETS)
def test_rows_become_tasks(mirrors, name, streaming):
    tasks = opened(mirrors, name, image_size=(48, 32), streaming=streaming)
    task = tasks.sample(np.random.default_rng(0))
    assert task.source.shape == (48, 32, 3)
    assert task.source.dtype == np.uint8
    assert task.instruction
    assert not task.source.flags.writeable
    assert (task.target is None) == (name in WITHOUT_TARGET)
    subjects = [edit.subject for edit in task.sub_edits if edit.mask is not None]
    assert subjects == ["masked area"] * (name in WITH_MASK)
    assert task.regions == (), "what may be edited must be found in the picture"
    metadata = task.metadata
    assert metadata["dataset"] == name
    assert metadata["split"] in find_data_set(name).splits
    assert metadata["data_split"] == find_data_set(name).splits[metadata["split"]]
    assert isinstance(metadata["id"], str)


@pytest.mark.parametrize("name", DATA_SETS)
def test_an_episode_of_each(mirrors, name):
    arguments = "&".join(f"columns.{k}={v}" for k, v in CONFIRMED.get(name, {}).items())
    env = gymnasium.make(
        "ImageEdit-v0",
        tasks=f"{name}?mirror={mirrors[name]}&{arguments}".rstrip("&"),
        split=next(iter(find_data_set(name).splits)),
        image_size=32,
    )
    _, info = env.reset(seed=3)
    assert info["instruction"] == env.unwrapped.task.instruction
    env.action_space.seed(3)
    for _ in range(8):
        observation, reward, terminated, truncated, _ = env.step(env.action_space.sample())
        assert env.observation_space.contains(observation)
        assert np.isfinite(reward)
        if terminated or truncated:
            break
    assert terminated or truncated
    env.close()


def test_an_episode_in_words(mirrors):
    env = gymnasium.make(
        "ImageEditText-v0", tasks=f"magicbrush?mirror={mirrors['magicbrush']}", image_size=64
    )
    observation, _ = env.reset(seed=1)
    assert env.unwrapped.tasks.reader.data_set.name == "magicbrush"
    assert observation["image"].shape == (64, 64, 3)
    answer = '[{"action": "recolour", "subject": "masked area", "goal": "blue"}]'
    _, reward, *_ = env.step(answer)
    assert np.isfinite(reward)
    env.close()


def test_magicbrush_reads_pictures_mask_and_turns(mirrors):
    tasks = opened(mirrors, "magicbrush", image_size=(30, 40))
    task = tasks[0]
    assert close_to(task.source, BLUE)
    assert close_to(task.target, GREEN)
    # Grey around the white region is the photo, not half inside.
    assert mask_box(task.sub_edits[0].mask) == (0, 0, 20, 30)
    assert (task.sub_edits[0].mask[:, 20:] == 0).all()
    assert (task.metadata["id"], task.metadata["chain"], task.metadata["turn"]) == ("7-2", "7", 2)
    assert (task.metadata["turns"], task.metadata["next"]) == (3, 3)
    assert tasks[3].metadata["next"] is None
    assert len(opened(mirrors, "magicbrush", "validation")) == 1


def test_captions_scores_and_kinds_are_kept(mirrors):
    metadata = opened(mirrors, "ultraedit")[0].metadata
    assert metadata["source_caption"] == "a red wall"
    assert metadata["target_caption"] == "a blue wall"
    metadata = opened(mirrors, "omniedit")[0].metadata
    assert (metadata["id"], metadata["task_type"]) == ("task_obj_1", "attribute_modification")
    assert metadata["overall_score"] == 9
    assert opened(mirrors, "emu-edit", "test")[0].metadata["task_type"] == "style"


def test_both_forms_of_instructpix2pix(mirrors):
    for name in ("instructpix2pix", "instructpix2pix-1000"):
        task = opened(mirrors, name)[0]
        assert close_to(task.source, RED)
        assert close_to(task.target, BLUE)


def test_omniedit_takes_the_first_prompt_or_draws_one(mirrors):
    rng = np.random.default_rng(0)
    assert {opened(mirrors, "omniedit").sample(rng).instruction for _ in range(20)} == {
        "Make it blue."
    }
    tasks = opened(mirrors, "omniedit", prompts="random")
    assert {tasks.sample(rng).instruction for _ in range(20)} == {"Make it blue.", "Blue, please."}
    assert tasks[0].instruction == "Make it blue."
    first, second = (tasks.sample(np.random.default_rng(5)) for _ in range(2))
    assert first.instruction == second.instruction


def test_emu_edits_generations_have_their_splits_swapped(mirrors):
    test = opened(mirrors, "emu-edit-generations", "test")
    assert [test[i].metadata["task_type"] for i in range(len(test))] == ["add", "remove"]
    assert test[0].metadata["data_split"] == "validation"
    assert test[0].metadata["model"] == "emu"


def test_gedit_is_english_unless_asked_otherwise_and_falls_back_to_the_resized_picture(mirrors):
    tasks = opened(mirrors, "gedit-bench", "test")
    assert [tasks[i].instruction for i in range(len(tasks))] == ["add a cat", "add a dog"]
    assert close_to(tasks[0].source, RED)
    assert close_to(tasks[1].source, BLUE)
    assert len(opened(mirrors, "gedit-bench", "test", where={"language": "cn"})) == 1
    assert len(opened(mirrors, "gedit-bench", "test", where={"language": None})) == 3
    assert len(opened(mirrors, "gedit-bench", "test", where={"language": ["en", "cn"]})) == 3


def test_gedit_without_the_raw_column_reads_the_other(tmp_path):
    tables = {name: rows.remove_columns("input_image_raw") for name, rows in gedit_bench().items()}
    tasks = hub_tasks("gedit-bench", split="test", mirror=save(tables, tmp_path / "g"))
    assert close_to(tasks[0].source, BLUE)


@pytest.mark.parametrize("level", range(1, 9))
def test_complex_edits_compound_instruction_is_decomposed_into_its_atoms(mirrors, level):
    task = opened(mirrors, "complex-edit", complexity=level)[0]
    assert task.instruction == f"compound {level}"
    assert len(task.sub_edits) == level
    assert task.metadata["atomic"] == tuple(f"atomic {i}" for i in range(1, level + 1))
    assert task.stages == ()


def test_complex_edit_may_be_json_and_has_a_second_split(tmp_path):
    mirror = save(complex_edit(as_text=True), tmp_path / "c")
    tasks = hub_tasks("complex-edit", mirror=mirror, data_split="test_syn", complexity=2)
    assert tasks[0].instruction == "compound 2"
    assert len(tasks) == 1


def test_of_several_answers_the_first_is_the_target(mirrors):
    task = opened(mirrors, "realedit")[0]
    assert close_to(task.target, BLUE)
    assert task.metadata["outputs"] == 2
    assert task.metadata["id"] == "thanks"


def test_imgedit_bench_reads_a_json_object_by_key_and_the_pictures_beside_it(mirrors):
    tasks = opened(mirrors, "imgedit-bench")
    assert len(tasks) == 2
    assert close_to(tasks[1].source, RED)
    assert tasks[0].metadata["task_type"] == "adjust"


def known_data_sets():
    return {name: find_data_set(name) for name in DATA_SETS}


def test_every_mapping_says_where_it_is_from():
    for name, data_set in known_data_sets().items():
        assert data_set.name == name
        assert data_set.evidence
        assert data_set.licence
        assert data_set.checked.startswith("2026-")
        assert data_set.certainty in ("card", "loaders' code", "memory", "unverified")
    guesses = {name for name, data_set in known_data_sets().items() if data_set.is_guess}
    assert guesses == {"realedit", "psr", "imgedit-bench"}
    assert set(MINIATURES) | {"imgedit-bench"} == set(DATA_SETS)


def test_the_documentation_lists_every_data_set_as_it_is():
    page = Path(__file__).parents[3] / "docs" / "datasets.md"
    rows = {
        line.split("|")[1].strip(" `"): line
        for line in page.read_text().splitlines()
        if line.startswith("| `")
    }
    for name, data_set in known_data_sets().items():
        row = rows[name]
        assert data_set.hub_id in row
        assert data_set.certainty in row
        assert data_set.licence.partition(":")[0] in row
        for ours, own in data_set.splits.items():
            assert f"{ours} → {own}" in row.replace("*", "")
