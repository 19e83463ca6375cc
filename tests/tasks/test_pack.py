"""Packs: the same tasks as their source, read without copying; stopped and damaged ones."""

import json
import pickle
from dataclasses import fields, replace
from functools import partial

import gymnasium
import numpy as np
import pytest

from editenv.cli import main
from editenv.envs.pack_command import source_of
from editenv.tasks import make_tasks
from editenv.tasks.pack import PackTasks
from editenv.tasks.pack.build import build_pack
from editenv.tasks.pack.index import INDEX, Index
from editenv.tasks.pack.shard import ShardReader, write_shard
from editenv.types import EditTask, Region, SubEdit

WANTED = Index("ImageEdit-Complex-v0", "test", (64, 64), 7, 3)
SOURCE = partial(source_of, WANTED.env_id, WANTED.split, WANTED.image_size, "photo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    states = list(build_pack(folder, SOURCE, WANTED, workers=1))
    assert [len(state.missing) for state in states] == [3, 2, 1, 0]
    return folder


def assert_same(one, other):
    """Compare two values, dataclasses field by field."""
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, (SubEdit, Region)):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_same(*pair)
    else:
        assert one == other


@pytest.mark.parametrize("number", range(WANTED.count))
def test_a_pack_has_the_tasks_of_its_source(folder, number):
    there, drawn = PackTasks(folder)[number], SOURCE()[number]
    for field in fields(EditTask):
        if field.name != "metadata":
            assert_same(getattr(there, field.name), getattr(drawn, field.name))
    assert there.metadata["family"] == "complex" and there.metadata["split"] == "test"


def test_nothing_is_copied_and_nothing_can_be_written(folder):
    tasks = PackTasks(folder)
    first, again = tasks[0], tasks[0]
    assert np.shares_memory(first.source, again.source)
    with pytest.raises(ValueError, match="read-only"):
        first.source[0, 0] = 0
    assert type(first.source) is np.ndarray


def test_an_environment_plays_a_pack_as_it_plays_the_source(folder):
    kwargs = {"split": "test", "image_size": 64, "disable_env_checker": True}
    packed = gymnasium.make("ImageEdit-Complex-v0", tasks=f"pack:{folder}", **kwargs)
    drawn = gymnasium.make("ImageEdit-Complex-v0", **kwargs)
    for number in range(3):
        seen = [env.reset(seed=5, options={"task": number})[0] for env in (packed, drawn)]
        for key in seen[0]:
            np.testing.assert_array_equal(seen[0][key], seen[1][key])
        packed.action_space.seed(number)
        for _ in range(4):
            action = packed.action_space.sample()
            one, other = packed.step(action), drawn.step(action)
            assert one[1:4] == other[1:4]
            np.testing.assert_array_equal(one[0]["image"], other[0]["image"])


def test_a_pack_travels_to_another_process(folder):
    tasks = PackTasks(folder)
    tasks[0]
    there = pickle.loads(pickle.dumps(tasks))
    np.testing.assert_array_equal(there[6].source, tasks[6].source)


def test_a_stopped_pack_goes_on_and_comes_out_the_same(folder, tmp_path):
    steps = build_pack(tmp_path, SOURCE, WANTED, workers=1)
    next(steps)
    next(steps)
    steps.close()
    left = Index.read(tmp_path)
    assert 0 < len(left.missing) < 3
    with pytest.raises(ValueError, match=r"lacks \d of 3 shards"):
        PackTasks(tmp_path)
    *_, last = build_pack(tmp_path, SOURCE, WANTED, workers=2)
    assert last == Index.read(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"split": "train"}, "split='train', but the pack in .* has 'test'"),
        ({"count": 8}, "count=8, but the pack in .* has 7"),
        ({"env_id": "ImageEdit-v0"}, "env_id='ImageEdit-v0', but"),
    ],
)
def test_another_pack_is_not_written_over(folder, change, words):
    with pytest.raises(ValueError, match=words):
        next(build_pack(folder, SOURCE, replace(WANTED, **change), workers=1))


def test_a_pack_of_another_split_or_size_is_refused(folder):
    with pytest.raises(ValueError, match=r"split='train', but the pack .* has 'test'"):
        make_tasks(f"pack:{folder}", split="train", height=64, width=64)
    with pytest.raises(ValueError, match=r"image_size=\(32, 32\), but the pack .* has \(64, 64\)"):
        make_tasks(f"pack:{folder}", split="test", height=32, width=32)
    with pytest.raises(IndexError, match="index=7 must be from 0 to 6"):
        PackTasks(folder)[7]


def copy_of(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_what_is_damaged_is_refused_in_one_line(folder, tmp_path):
    there = copy_of(folder, tmp_path)
    shard = there / "00001.safetensors"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-10])
    with pytest.raises(ValueError, match=r"00001.safetensors is not there, or has not \d+ bytes"):
        PackTasks(there)
    with pytest.raises(ValueError, match="is cut short"):
        ShardReader(shard)
    shard.write_bytes(b"\xff" * len(whole))
    with pytest.raises(ValueError, match=r"00001.safetensors is no shard of a pack"):
        PackTasks(there)[3]
    index = json.loads((there / INDEX).read_text())
    (there / INDEX).write_text(json.dumps({**index, "format": 99}))
    with pytest.raises(ValueError, match="has format 99: this version reads 1"):
        PackTasks(there)
    (there / INDEX).write_text(json.dumps({**index, "shards": [{"file": "x"}]}))
    with pytest.raises(ValueError, match=r"pack.json is damaged"):
        PackTasks(there)
    with pytest.raises(ValueError, match=r"is no pack: it has no pack.json"):
        PackTasks(tmp_path / "nothing")


def test_what_a_task_knows_beside_plain_values_and_arrays_is_left_out(tmp_path):
    clean = np.zeros((4, 4, 3), np.uint8)
    metadata = {"clean": clean, "row": 3, "scene": object(), "pair": (1, 2), "deep": {"a": [1.5]}}
    write_shard(tmp_path / "one", [EditTask(clean, "leave it", metadata=metadata)])
    (task,) = [ShardReader(tmp_path / "one")[0]]
    assert set(task.metadata) == {"clean", "row", "deep"}
    assert task.metadata["row"] == 3 and task.metadata["deep"] == {"a": [1.5]}
    np.testing.assert_array_equal(task.metadata["clean"], clean)
    assert np.shares_memory(task.metadata["clean"], task.source)


def test_the_command(tmp_path, capsys):
    out = tmp_path / "pack"
    given = ["pack", str(out), "--id", "ImageEdit-Direct-v0", "--image-size", "32"]
    assert main([*given, "--count", "2", "--workers", "1"]) == 0
    assert "2 tasks" in capsys.readouterr().err
    assert len(PackTasks(out, "train", (32, 32))) == 2
    assert main([*given, "--count", "3"]) == 2
    assert "count=3, but the pack in" in capsys.readouterr().err
    assert main([*given, "--count", "0"]) == 2
    assert "count=0 must be at least 1" in capsys.readouterr().err
