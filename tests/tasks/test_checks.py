"""What a task must be before an environment takes it: the field, its value and what is accepted."""

import json
import time
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from PIL import Image

import editenv  # noqa: F401
from editenv.models.hub.columns import Columns
from editenv.models.hub.data_set import plain
from editenv.models.hub.errors import RowError
from editenv.models.hub.registry import find_data_set
from editenv.models.hub.rows import RowReader
from editenv.tasks.checks import LONGEST, TaskRefused, check_task, check_words
from editenv.tasks.folder import FolderTasks, TaskFolderError
from editenv.tasks.registry import DATA_SETS
from editenv.types import EditTask, Region, SubEdit

SIZE = (64, 48)
PICTURE, MASK = np.zeros((*SIZE, 3), np.uint8), np.full(SIZE, 255, np.uint8)
EDIT = SubEdit("recolour", "kite", "teal", MASK, MASK, 0.1)
TASK = EditTask(PICTURE, "make it teal", (EDIT,), (PICTURE,), (Region.from_mask("kite", MASK),))
HALF = "half \ud800 of a pair"

BAD = [
    (
        {"source": PICTURE.astype(np.float32)},
        r"task.source has shape \(64, 48, 3\) and dtype float",
    ),
    ({"source": PICTURE[..., 0]}, r"task.source has shape \(64, 48\) .* \(64, 48, 3\)"),
    ({"source": PICTURE[:32]}, r"task.source has shape \(32, 48, 3\)"),
    ({"source": PICTURE.tolist()}, r"task.source=\[.*accepted is an array"),
    ({"source": None}, "task.source=None"),
    ({"instruction": None}, "task.instruction=None must be a str, not NoneType"),
    ({"instruction": b"x"}, "task.instruction=b'x' must be a str, not bytes"),
    ({"instruction": HALF}, "task.instruction=.* has half of a surrogate pair at 5"),
    ({"instruction": "x" * (LONGEST + 1)}, "task.instruction=.* 10001 letters; accepted are 10000"),
    ({"stages": (PICTURE, PICTURE)}, "task.stages has 2 pictures; .* each of the 1 sub-edits"),
    ({"sub_edits": ()}, "task.stages has 1 pictures; .* each of the 0 sub-edits"),
    ({"stages": (PICTURE.astype(np.int64),)}, r"task.stages\[0\] has .* dtype int64"),
    ({"stages": (PICTURE[:, :9],)}, r"task.stages\[0\] has shape \(64, 9, 3\)"),
    ({"stages": PICTURE}, r"task.stages=.* must be a tuple of ndarray"),
    ({"stages": None}, "task.stages=None must be a tuple"),
    ({"sub_edits": ("recolour",)}, r"task.sub_edits=\('recolour',\) must be a tuple of SubEdit"),
    ({"sub_edits": (replace(EDIT, mask=MASK > 0),)}, r"task.sub_edits\[0\].mask has .* dtype bool"),
    ({"sub_edits": (replace(EDIT, mask=PICTURE),)}, r"sub_edits\[0\].mask has shape \(64, 48, 3\)"),
    ({"sub_edits": (replace(EDIT, subject_mask=MASK[1:]),)}, r"\[0\].subject_mask has shape"),
    ({"sub_edits": (replace(EDIT, goal=HALF),)}, r"task.sub_edits\[0\].goal=.* surrogate"),
    ({"sub_edits": (replace(EDIT, action=3),)}, r"task.sub_edits\[0\].action=3 must be a str"),
    ({"sub_edits": (replace(EDIT, tolerance=float("nan")),)}, r"tolerance=nan must be None or"),
    ({"regions": (MASK,)}, "task.regions=.* must be a tuple of Region"),
    ({"regions": (Region("x", MASK[1:], (0, 0, 1, 1)),)}, r"task.regions\[0\].mask has shape"),
]


def test_a_sound_task_is_taken():
    check_task(TASK, SIZE)
    check_task(EditTask(PICTURE, ""), SIZE)
    check_words("words", "x" * LONGEST)


@pytest.fixture(scope="module")
def env():
    env = gymnasium.make("ImageEdit-v0", image_size=SIZE, disable_env_checker=True)
    yield env
    env.close()


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_reset_refuses_a_task_and_says_why(env, changes, message):
    with pytest.raises(ValueError, match=message) as caught:
        env.reset(seed=0, options={"task": replace(TASK, **changes)})
    assert len(str(caught.value)) < 700


def test_six_megabytes_are_refused_before_they_are_embedded(env):
    begin = time.monotonic()
    with pytest.raises(TaskRefused, match="6000000 letters"):
        env.reset(seed=0, options={"task": replace(TASK, instruction="make " * 1_200_000)})
    assert time.monotonic() - begin < 2


def test_what_is_no_task(env):
    for wanted in (np.zeros((500, 500)), "x" * 10**6):
        with pytest.raises(ValueError, match="must be an EditTask or an index") as caught:
            env.reset(options={"task": wanted})
        assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"instruction": HALF}, "line 1: instruction=.* surrogate pair at 5"),
        ({"instruction": "x" * 6_000_000}, "line 1: instruction=.* 6000000 letters"),
        (
            {"sub_edits": [{"action": HALF, "subject": "x"}]},
            r"line 1: sub_edits\[0\]: action=.* surrogate pair",
        ),
    ],
)
def test_a_folder_refuses_the_line(line, message, tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "p.png")
    whole = {"source": "p.png", "instruction": "x"} | line
    (tmp_path / "tasks.jsonl").write_text(json.dumps(whole))
    with pytest.raises(TaskFolderError, match=message):
        FolderTasks(tmp_path)


@pytest.mark.parametrize("words", [HALF, "x" * (LONGEST + 1)])
def test_a_row_is_refused(words):
    known = next(data_set for data_set in map(find_data_set, DATA_SETS) if data_set.read is plain)
    columns = Columns({"source": ("source",), "instruction": ("instruction",)})
    reader = RowReader(known, columns, {}, {}, SIZE, 10**6, None, {})
    with pytest.raises(RowError, match=r"row 7.*instruction="):
        reader.read(7, {"source": b"", "instruction": words})
