"""Tasks from a folder: what is read, how pictures are decoded and what is refused."""

from __future__ import annotations

import json
import pickle
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from editenv.tasks.folder import FolderTasks, TaskFolderError
from editenv.types import mask_box

RED, BLUE = (200, 30, 30), (30, 30, 200)


def _picture(path, colour=RED, size=(40, 30)):
    Image.new("RGB", size, colour).save(path)


def _write(folder, *lines):
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "tasks.jsonl").write_text("\n".join(text) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    """A folder with a source, a target and a mask whose left half is white."""
    _picture(tmp_path / "source.png")
    _picture(tmp_path / "target.png", BLUE)
    mask = np.zeros((30, 40), np.uint8)
    mask[:, :20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path


LINE = {"source": "source.png", "instruction": "make it blue"}


def test_minimal_line(folder):
    _write(folder, LINE)
    tasks = FolderTasks(folder, image_size=(48, 32))
    (task,) = [tasks[i] for i in range(len(tasks))]
    assert task.source.shape == (48, 32, 3)
    assert task.source.dtype == np.uint8
    assert (task.source == RED).all()
    assert task.instruction == "make it blue"
    assert task.target is None
    assert task.sub_edits == task.stages == task.regions == ()
    assert task.metadata["id"] == "1"


def test_mask_gives_a_sub_edit_and_no_region(folder):
    _write(folder, LINE | {"mask": "mask.png", "target": "target.png"})
    task = FolderTasks(folder, image_size=(30, 40))[0]
    (edit,) = task.sub_edits
    assert (edit.action, edit.subject) == ("edit", "masked area")
    assert mask_box(edit.mask) == (0, 0, 20, 30)
    assert edit.subject_mask is None
    assert task.regions == (), "the mask is where the answer shows"
    assert len(task.stages) == 1
    assert (task.target == BLUE).all()


def test_black_mask_is_a_sub_edit_that_shows_nowhere(folder):
    Image.new("L", (40, 30), 0).save(folder / "black.png")
    _write(folder, LINE | {"mask": "black.png"})
    task = FolderTasks(folder)[0]
    assert task.regions == ()
    assert not task.sub_edits[0].mask.any()


def test_target_alone_is_one_edit_of_the_whole_image(folder):
    _write(folder, LINE | {"target": "target.png"})
    task = FolderTasks(folder)[0]
    assert [(e.action, e.subject) for e in task.sub_edits] == [("edit", "whole image")]
    assert len(task.stages) == 1


def test_every_sub_edit_has_the_target_as_its_stage(folder):
    edits = [
        {"action": "recolour", "subject": "kite", "goal": "blue", "mask": "mask.png"},
        {"action": "remove", "subject": "apple", "goal": ""},
    ]
    _write(folder, LINE | {"target": "target.png", "sub_edits": edits, "turn": 2, "id": 7})
    task = FolderTasks(folder)[0]
    assert [(e.action, e.subject, e.goal) for e in task.sub_edits] == [
        ("recolour", "kite", "blue"),
        ("remove", "apple", ""),
    ]
    assert task.sub_edits[1].mask is None
    assert mask_box(task.sub_edits[0].mask)[2] > 0
    assert task.regions == ()
    assert len(task.stages) == 2
    assert all((stage == BLUE).all() for stage in task.stages)
    assert task.metadata["turn"] == 2
    assert task.metadata["id"] == "7"


def test_splits_and_a_jsonl_of_another_name(folder):
    lines = [LINE | {"split": "test", "id": "a"}, LINE | {"id": "b"}, LINE | {"split": "train"}]
    _write(folder, *lines, "")
    (folder / "tasks.jsonl").rename(folder / "mine.jsonl")
    test = FolderTasks(folder / "mine.jsonl", split="test")
    assert [test[i].metadata["id"] for i in range(len(test))] == ["a", "b"]
    assert len(FolderTasks(folder / "mine.jsonl", split="train")) == 2
    assert len(FolderTasks(folder / "mine.jsonl", split="validation")) == 1


def test_sample_follows_the_generator_and_reaches_every_task(folder):
    _write(folder, *(LINE | {"id": i} for i in range(5)))
    tasks = FolderTasks(folder)

    def drawn(seed):
        rng = np.random.default_rng(seed)
        return [tasks.sample(rng).metadata["id"] for _ in range(40)]

    assert drawn(1) == drawn(1)
    assert set(drawn(1)) == {"0", "1", "2", "3", "4"}


def test_indexing_pickling_and_read_only_arrays(folder):
    _write(folder, LINE | {"id": "a"}, LINE | {"id": "b", "mask": "mask.png"})
    tasks = FolderTasks(folder)
    assert tasks[-1].metadata["id"] == tasks[np.int64(1)].metadata["id"] == "b"
    assert tasks[1] is tasks[1]
    with pytest.raises(IndexError, match="index=2"):
        tasks[2]
    with pytest.raises(ValueError, match="read-only"):
        tasks[1].source[0, 0] = 0
    again = pickle.loads(pickle.dumps(tasks))
    np.testing.assert_array_equal(again[1].source, tasks[1].source)


def test_cache_is_bounded(folder):
    _write(folder, *(LINE | {"id": i} for i in range(6)))
    tasks = FolderTasks(folder, image_size=(2048, 1024))
    for index in range(6):
        assert tasks[index].metadata["id"] == str(index)
    assert len(tasks._cache) * 2048 * 1024 * 8 <= 64 * 2**20


def test_other_kinds_of_pictures(folder):
    grey16 = (np.linspace(0, 65535, 40 * 30).reshape(30, 40)).astype(np.uint16)
    Image.fromarray(grey16).save(folder / "grey16.png")
    Image.fromarray((grey16 / 65535).astype(np.float32)).save(folder / "float.tiff")
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(folder / "clear.png")
    Image.new("RGB", (40, 30), (204, 51, 51)).convert("P").save(folder / "palette.png")
    Image.new("P", (40, 30), 0).save(folder / "clear.gif", transparency=0)
    Image.new("1", (40, 30), 1).save(folder / "bit.png")
    Image.new("CMYK", (40, 30), (0, 0, 0, 0)).save(folder / "cmyk.jpg")
    names = ["grey16.png", "float.tiff", "clear.png", "palette.png", "clear.gif", "bit.png",
             "cmyk.jpg"]  # fmt: skip
    _write(folder, *({"source": name, "instruction": "x"} for name in names))
    tasks = FolderTasks(folder, image_size=(30, 40))
    image = {name: tasks[i].source for i, name in enumerate(names)}
    for name in ("grey16.png", "float.tiff"):
        assert image[name][0, 0].max() == 0
        assert image[name][-1, -1].min() == 255
        assert image[name][15, 0, 0] == pytest.approx(128, abs=4)
    for name in ("clear.png", "clear.gif", "bit.png", "cmyk.jpg"):
        assert image[name].min() >= 254, name
    assert np.abs(image["palette.png"].astype(int) - RED).max() < 30


def test_exif_orientation_is_honoured(folder):
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:, :32] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it a quarter clockwise
    Image.fromarray(pixels).save(folder / "turned.jpg", exif=exif, quality=95)
    _write(folder, {"source": "turned.jpg", "instruction": "x"})
    image = FolderTasks(folder, image_size=(64, 32))[0].source
    assert image[:28].min() > 240
    assert image[36:].max() < 15


def _png_header(width, height):
    """A PNG of a few bytes that claims to be huge."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", 0) + b"IDAT" + b"\0\0\0\0"


@pytest.fixture
def hostile(folder):
    """Adds damaged, huge and misleading files to the folder."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for name in ("cut.jpg", "cut.png"):
        Image.fromarray(noise).save(folder / name)
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])
    (folder / "text.png").write_text("I am no picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "large.png").write_bytes(_png_header(9000, 9000))
    (folder / "bomb.png").write_bytes(_png_header(60000, 60000))
    (folder / "sub").mkdir()
    _picture(folder.parent / "outside.png")
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    yield folder
    (folder.parent / "outside.png").unlink()


BAD = {
    '{"source": "source.png", ': "broken JSON",
    "[1, 2]": "a JSON object is needed, not list",
    '{"instruction": "x"}': "'source' is missing",
    '{"source": "source.png"}': "'instruction' is missing",
    '{"source": "source.png", "instruction": " "}': "'instruction' is empty",
    '{"source": 3, "instruction": "x"}': "'source' must be a string, not int",
    '{"source": "source.png", "instruction": ["x"]}': "'instruction' must be a string, not list",
    '{"source": "source.png", "instruction": "x", "split": "dev"}': "split='dev' is unknown",
    '{"source": "source.png", "instruction": "x", "id": [1]}': "'id' must be",
    '{"source": "source.png", "instruction": "x", "sub_edits": {}}': "'sub_edits' must be a list",
    '{"source": "source.png", "instruction": "x", "sub_edits": [1]}': r"sub_edits\[0\]: a JSON",
    '{"source": "source.png", "instruction": "x", "sub_edits": [{"action": "remove"}]}': (
        r"sub_edits\[0\]: the key 'subject' is missing"
    ),
    '{"source": "source.png", "instruction": "x", "sub_edits": '
    '[{"action": "a", "subject": "b", "gaol": "c"}]}': r"unknown keys \['gaol'\]",
    '{"source": "source.png", "instruction": "x", "sub_edits": '
    '[{"action": "a", "subject": "b", "mask": "no.png"}]}': "'no.png' does not exist",
    '{"source": "no.png", "instruction": "x"}': "'no.png' does not exist",
    '{"source": "sub", "instruction": "x"}': "'sub' does not exist",
    '{"source": "source.png", "target": "no.png", "instruction": "x"}': "'no.png' does not",
    '{"source": "source.png", "mask": "no.png", "instruction": "x"}': "'no.png' does not",
    '{"source": "cut.jpg", "instruction": "x"}': "'cut.jpg' is damaged",
    '{"source": "cut.png", "instruction": "x"}': "'cut.png' is damaged",
    '{"source": "text.png", "instruction": "x"}': "'text.png' is no readable image",
    '{"source": "empty.png", "instruction": "x"}': "'empty.png' is no readable image",
    '{"source": "large.png", "instruction": "x"}': "9000 x 9000 pixels, more than the limit",
    '{"source": "bomb.png", "instruction": "x"}': "'bomb.png' is too large",
    '{"source": "../outside.png", "instruction": "x"}': "leads out of the folder",
    '{"source": "link.png", "instruction": "x"}': "leads out of the folder",
    '{"source": "/etc/hostname", "instruction": "x"}': "absolute path",
    r'{"source": "a\u0000b", "instruction": "x"}': "no usable path",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_line_is_refused_with_file_line_and_reason(hostile, line):
    _write(hostile, LINE, line)
    with pytest.raises(TaskFolderError, match=rf"tasks\.jsonl, line 2: .*{BAD[line]}") as caught:
        FolderTasks(hostile)
    assert caught.value.line == 2


def test_bad_lines_are_skipped_with_a_warning_and_listed(hostile):
    _write(hostile, LINE | {"id": "a"}, *BAD, LINE | {"id": "z"})
    with pytest.warns(UserWarning, match="left out") as warned:
        tasks = FolderTasks(hostile, on_error="skip")
    assert [tasks[i].metadata["id"] for i in range(len(tasks))] == ["a", "z"]
    assert [error.line for error in tasks.skipped] == list(range(2, len(BAD) + 2))
    assert len(warned) == len(BAD)


def test_broken_utf8_names_the_line(folder):
    (folder / "tasks.jsonl").write_bytes(json.dumps(LINE).encode() + b'\n{"source": "\xff"}\n')
    with pytest.raises(TaskFolderError, match="line 2: broken JSON"):
        FolderTasks(folder)


def test_without_verify_damage_is_found_when_met(hostile):
    _write(hostile, {"source": "cut.png", "instruction": "x"})
    tasks = FolderTasks(hostile, verify=False)
    with pytest.raises(TaskFolderError, match=r"line 1: 'cut\.png' is damaged"):
        tasks[0]
    _write(hostile, {"source": "large.png", "instruction": "x"})
    with pytest.raises(TaskFolderError, match="limit"):
        FolderTasks(hostile, verify=False)


def test_picture_that_vanishes_later_is_an_error_that_pickles(folder):
    _write(folder, LINE)
    tasks = FolderTasks(folder)
    (folder / "source.png").unlink()
    with pytest.raises(TaskFolderError, match="does not exist") as caught:
        tasks[0]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.line) == (str(caught.value), 1)


def test_folder_without_tasks_is_refused(folder, tmp_path):
    with pytest.raises(TaskFolderError, match=r"accepted: a folder with tasks\.jsonl"):
        FolderTasks(folder)
    with pytest.raises(TaskFolderError, match="accepted"):
        FolderTasks(folder / "source.png")
    with pytest.raises(TaskFolderError, match="nowhere"):
        FolderTasks(tmp_path / "nowhere")
    _write(folder, LINE | {"split": "test"})
    with pytest.raises(TaskFolderError, match="no task of the split 'train'"):
        FolderTasks(folder)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("image_size", (0, 4)),
        ("image_size", 64),
        ("image_size", (1.5, 2)),
        ("image_size", (1, 2, 3)),
        ("split", "dev"),
        ("on_error", "ignore"),
    ],
)
def test_arguments_are_validated(folder, argument, value):
    _write(folder, LINE)
    with pytest.raises(ValueError, match=f"{argument}="):
        FolderTasks(folder, **{argument: value})
