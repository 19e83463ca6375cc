"""Pairs of photos in two folders: what is read, how it is split, what is refused."""

import gymnasium
import numpy as np
import pytest
from PIL import Image

import editenv  # noqa: F401
from editenv.tasks.folder import TaskFolderError
from editenv.tasks.pairs import PairTasks, split_of

NAMES = [f"a{number:04d}" for number in range(40)]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for part in ("input", "target"):
        (tmp_path / part).mkdir()
    for name in NAMES:
        picture = rng.integers(0, 200, (30, 60, 3), dtype=np.uint8)
        Image.fromarray(picture).save(tmp_path / "input" / f"{name}.png")
        Image.fromarray(picture + 40).save(tmp_path / "target" / f"{name}.PNG")
    return tmp_path


def test_every_pair_is_in_one_split(folder):
    found = {
        split: [task.metadata["id"] for task in read_all(PairTasks(folder, 32, 32, split))]
        for split in ("train", "validation", "test")
    }
    assert sorted(name for names in found.values() for name in names) == NAMES
    assert all(split_of(name) == split for split, names in found.items() for name in names)
    assert len(found["train"]) > 20


def read_all(source):
    return [source[index] for index in range(len(source))]


def test_both_pictures_are_cut_alike_and_never_stretched(folder):
    task = PairTasks(folder, 32, 32)[0]
    assert task.source.shape == task.target.shape == (32, 32, 3)
    difference = task.target.astype(int) - task.source
    assert abs(difference.mean() - 40) < 1.5 and difference.std() < 3
    exact = PairTasks(folder, 30, 60)[0]
    np.testing.assert_array_equal(exact.target, exact.source + 40)


def test_the_words_of_a_pair_stay_the_same_and_tell_nothing(folder):
    first, again = PairTasks(folder, 32, 32), PairTasks(folder, 32, 32)
    texts = [task.instruction for task in read_all(first)]
    assert texts == [task.instruction for task in read_all(again)]
    assert len(set(texts)) > 5


def test_the_environment_plays_them(folder):
    env = gymnasium.make("ImageEdit-Develop-v0", tasks=f"pairs:{folder}", image_size=32)
    _, info = env.reset(seed=0)
    *_, after = env.step(env.unwrapped.encode(editenv_sliders(exposure=0.5)))
    assert after["distance"] < info["distance"]
    env.close()


def editenv_sliders(**values):
    from editenv.develop import Sliders

    return Sliders(**values)


def test_an_index_beyond_the_end_is_refused(folder):
    source = PairTasks(folder, 32, 32)
    with pytest.raises(IndexError, match=f"index={len(source)}"):
        source[len(source)]


def test_folders_that_cannot_be_used_are_named(folder, tmp_path):
    with pytest.raises(ValueError, match="split='dev'"):
        PairTasks(folder, 32, 32, "dev")
    with pytest.raises(TaskFolderError, match="'novel'"):
        PairTasks(folder, 32, 32, "novel")
    with pytest.raises(TaskFolderError, match="no folder input/"):
        PairTasks(tmp_path / "input", 32, 32)
    (folder / "target" / "a0003.PNG").unlink()
    with pytest.raises(TaskFolderError, match="'a0003' is in only one"):
        PairTasks(folder, 32, 32)
    (folder / "target" / "a0003.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    source = PairTasks(folder, 32, 32, split_of("a0003"))
    with pytest.raises(TaskFolderError, match=r"a0003\.jpg"):
        read_all(source)
    (folder / "input" / "a0003.jpg").touch()
    with pytest.raises(TaskFolderError, match="ending alone"):
        PairTasks(folder, 32, 32)


def test_links_out_of_the_folder_are_refused(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "b.png"
    Image.fromarray(np.zeros((30, 60, 3), np.uint8)).save(outside)
    name = next(name for name in NAMES if split_of(name) == "train")
    (folder / "target" / f"{name}.PNG").unlink()
    (folder / "target" / f"{name}.png").symlink_to(outside)
    with pytest.raises(TaskFolderError, match="out of the folder"):
        read_all(PairTasks(folder, 32, 32))
