"""Arguments of public data sets: columns, splits, mirrors, damage, and what is said when wrong."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import datasets
import gymnasium
import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled
from miniatures import BLUE, RED, encoded, huge, magicbrush, save, ultraedit
from PIL import Image

import editenv.optional
from editenv.tasks import make_tasks, register_tasks
from editenv.tasks.hub import DataSetError, RowError, continue_from, hub_tasks, parse_name

pytestmark = pytest.mark.filterwarnings("ignore:.*no column")


# Columns


def test_a_guess_is_not_read_until_it_is_confirmed(mirrors):
    with pytest.raises(DataSetError) as caught:
        hub_tasks("realedit", mirror=mirrors["realedit"])
    message = str(caught.value)
    assert "never checked (unverified, 2026-11-24" in message
    assert "Columns found: ['before', 'wish', 'answers', 'note']" in message
    assert "'target': 'output_images or output_image'" in message
    assert "Pass columns={'source': 'NAME', 'instruction': 'NAME', 'target': 'NAME'" in message
    with pytest.raises(DataSetError, match=r"name those for \['target'\]"):
        hub_tasks(
            "realedit",
            mirror=mirrors["realedit"],
            columns={"source": "before", "instruction": "wish"},
        )
    columns = {"source": "before", "instruction": "wish", "target": None}
    assert hub_tasks("realedit", mirror=mirrors["realedit"], columns=columns)[0].target is None


def test_a_right_guess_must_be_confirmed_too_and_what_is_not_confirmed_is_not_read(tmp_path):
    row = {"input_image": "a.png", "instruction": "x", "id": 5}
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "psr.jsonl").write_text(json.dumps(row))
    with pytest.raises(DataSetError, match="never checked"):
        hub_tasks("psr", split="test", mirror=tmp_path / "psr.jsonl")
    columns = {"source": "input_image", "instruction": "instruction"}
    tasks = hub_tasks("psr", split="test", mirror=tmp_path / "psr.jsonl", columns=columns)
    assert tasks[0].metadata["id"] == "0"


def test_missing_columns_are_named_with_those_found(tmp_path):
    rows = magicbrush()["train"].rename_columns({"source_img": "image", "target_img": "edited"})
    mirror = save({"train": rows}, tmp_path / "m")
    with pytest.raises(DataSetError) as caught:
        hub_tasks("magicbrush", mirror=mirror)
    message = str(caught.value)
    assert "missing columns: source_img (for source), target_img (for target)" in message
    assert "'image'" in message
    assert "columns={'source': 'NAME', 'target': 'NAME'}" in message
    columns = {"source": "image", "target": "edited", "mask": None}
    task = hub_tasks("magicbrush", mirror=mirror, columns=columns)[0]
    assert task.target is not None
    assert task.regions == ()


def test_optional_columns_that_are_not_there_are_reported(tmp_path):
    rows = ultraedit()["FreeForm"].remove_columns("source_caption")
    with pytest.warns(UserWarning, match=r"ultraedit: no column \['source_caption'\]"):
        tasks = hub_tasks("ultraedit", mirror=save({"FreeForm": rows}, tmp_path / "u"))
    assert "source_caption" not in tasks[0].metadata


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"columns": {"sorce": "x"}}, r"has the role 'sorce'; magicbrush has \['source',"),
        ({"columns": {"source": None}}, r"columns\['source'\]=None: a task needs it"),
        ({"columns": {"source": 3}}, r"columns\['source'\]=3 must be a column's name"),
        ({"columns": {"target": "nowhere"}}, r"missing columns: nowhere \(for target\)"),
        ({"where": {"colour": 1}}, r"has the role 'colour'; magicbrush has \['chain', 'turn'\]"),
        ({"where": {"turn": 9}}, r"no row has where="),
        ({"split": "dev"}, r"split='dev' is unknown"),
        ({"split": "test"}, r"has no split='test': it has 'train' \(there 'train'\), 'validation'"),
        ({"data_split": "big"}, r"no split 'big': there is \['dev', 'train'\]"),
        ({"on_error": "ignore"}, r"on_error='ignore': choose"),
        ({"image_size": 64}, r"image_size=64"),
        ({"complexity": 3}, r"complexity=3 is no argument of magicbrush: it has none of its own"),
        ({"streaming": True, "window": 0}, r"window=0 must be an integer of at least 1"),
        ({"streaming": True, "advance_every": -1}, r"advance_every=-1"),
    ],
)
def test_wrong_arguments(mirrors, arguments, message):
    with pytest.raises(ValueError, match=message):
        hub_tasks("magicbrush", mirror=mirrors["magicbrush"], **arguments)


def test_wrong_choices_and_names(mirrors):
    with pytest.raises(ValueError, match=r"complexity=9: choose from \[1, 2, 3"):
        hub_tasks("complex-edit", split="test", mirror=mirrors["complex-edit"], complexity=9)
    with pytest.raises(ValueError, match="choose from"):
        hub_tasks("omniedit", mirror=mirrors["omniedit"], prompts="last")
    with pytest.raises(ValueError, match="'nothing' is no known data set: choose from"):
        hub_tasks("nothing")
    with pytest.raises(ValueError, match=r"tasks='magicbrus' is unknown: .*'magicbrush'"):
        make_tasks("magicbrus", split="train", height=32, width=32)
    for name in ("magicbrush", "mine?yours"):
        with pytest.raises(ValueError, match="is taken, or has"):
            register_tasks(name, lambda *_: None)


# The query


def test_a_query_is_split_into_arguments():
    assert parse_name("magicbrush") == ("magicbrush", {})
    text = "a?mirror=/x%26y+z&streaming=1&window=9&columns.source=b&columns.mask=&where.task=c&k=3"
    assert parse_name(text) == (
        "a",
        {
            "mirror": "/x&y+z",
            "streaming": True,
            "window": 9,
            "columns": {"source": "b", "mask": None},
            "where": {"task": "c"},
            "k": "3",
        },
    )


@pytest.mark.parametrize("query", ["mirror", "a=1&a=2", "streaming=maybe", "window=x"])
def test_a_wrong_query_is_refused(query):
    with pytest.raises(ValueError, match=f"tasks='m.{query}"):
        parse_name(f"m?{query}")


def test_a_query_serves_an_environment(mirrors):
    env = gymnasium.make(
        "ImageEdit-v0",
        tasks=f"complex-edit?mirror={mirrors['complex-edit']}&complexity=5&streaming=true",
        split="test",
        image_size=32,
    )
    _, info = env.reset(seed=0)
    assert info["instruction"] == "compound 5"
    assert env.unwrapped.tasks.window == 256
    with pytest.raises(ValueError, match="split='train'"):
        gymnasium.make("ImageEdit-v0", tasks=f"complex-edit?mirror={mirrors['complex-edit']}")


# Where rows come from


def test_what_save_to_disk_wrote_is_read(tmp_path):
    tables = magicbrush()
    datasets.DatasetDict(tables).save_to_disk(str(tmp_path / "all"))
    tables["dev"].save_to_disk(str(tmp_path / "one"))
    assert len(hub_tasks("magicbrush", mirror=tmp_path / "all")) == 4
    assert len(hub_tasks("magicbrush", mirror=tmp_path / "all", split="validation")) == 1
    assert len(hub_tasks("magicbrush", mirror=tmp_path / "one", split="validation")) == 1
    streamed = hub_tasks("magicbrush", mirror=tmp_path / "all", streaming=True)
    assert streamed[0].metadata["id"] == "7-2"
    with pytest.raises(DataSetError, match=r"no split 'nowhere': there is"):
        hub_tasks("magicbrush", mirror=tmp_path / "all", data_split="nowhere")


def write_lines(folder, count=1, **changes):
    """A JSONL of ``instructpix2pix`` with paths of pictures."""
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (40, 30), RED).save(folder / "a.png")
    Image.new("RGB", (40, 30), BLUE).save(folder / "b.png")
    row = {"original_image": "a.png", "edit_prompt": "x", "edited_image": "b.png", **changes}
    (folder / "rows.jsonl").write_text((json.dumps(row) + "\n") * count)
    return folder / "rows.jsonl"


@pytest.mark.parametrize("streaming", [False, True])
def test_lines_with_paths_of_pictures(tmp_path, streaming):
    file = write_lines(tmp_path / "lines")
    task = hub_tasks("instructpix2pix", mirror=file, streaming=streaming)[0]
    assert (task.source == RED).all()
    assert (task.target == BLUE).all()


@pytest.mark.parametrize("streaming", [False, True])
def test_a_folder_of_pictures_with_their_metadata(tmp_path, streaming):
    write_lines(tmp_path / "train").unlink()
    row = {
        "original_image_file_name": "a.png",
        "edited_image_file_name": "b.png",
        "edit_prompt": "make it blue",
    }
    (tmp_path / "train" / "metadata.jsonl").write_text(json.dumps(row))
    task = hub_tasks("instructpix2pix", mirror=tmp_path, streaming=streaming)[0]
    assert (task.source == RED).all()
    assert (task.target == BLUE).all()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("../secret.png", "leads out of the folder"),
        ("/etc/hostname", "absolute path"),
        ("http://127.0.0.1:9/a.png", "not fetched one by one"),
        ("none.png", "does not exist"),
        (None, "source is empty"),
        (7, "int, not a picture"),
    ],
)
def test_paths_that_are_no_pictures_of_the_mirror(tmp_path, value, message):
    file = write_lines(tmp_path / "lines", original_image=value)
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    with pytest.raises(RowError, match=rf"instructpix2pix, row 0: .*{message}"):
        hub_tasks("instructpix2pix", mirror=file)[0]


def test_a_stored_path_outside_of_the_mirror_is_refused(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    rows = ultraedit()["FreeForm"].to_list()[:1]
    rows[0]["source_image"] = {"bytes": None, "path": str(tmp_path / "secret.png")}
    features = ultraedit()["FreeForm"].features
    mirror = save({"FreeForm": datasets.Dataset.from_list(rows, features)}, tmp_path / "mirror")
    for streaming in (False, True):
        tasks = hub_tasks("ultraedit", mirror=mirror, streaming=streaming)
        with pytest.raises(RowError, match="no file of the data set"):
            tasks[0]


def test_mirrors_that_cannot_be_read(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "number.json").write_text("3")
    (tmp_path / "empty").mkdir()
    for name, message in {
        "nowhere": "does not exist",
        "a.txt": "must end in one of",
        "broken.parquet": "cannot be read",
        "number.json": "must hold a list of objects",
        "empty": "cannot be read",
    }.items():
        with pytest.raises(DataSetError, match=message):
            hub_tasks("ultraedit", mirror=tmp_path / name)


def test_nothing_in_a_mirror_is_executed(tmp_path):
    mirror = save(ultraedit(), tmp_path / "evil")
    trap = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    for name in ("dataset.py", "__init__.py"):
        (mirror / name).write_text(trap)
    assert len(hub_tasks("ultraedit", mirror=mirror)) == 2
    (mirror / "evil.py").write_text(trap)
    with pytest.raises(DataSetError, match="scripts are no longer supported"):
        hub_tasks("ultraedit", mirror=mirror)
    assert not (tmp_path / "ran").exists()


def test_without_network_mirror_and_cache_the_error_says_what_to_do(tmp_path):
    code = (
        "from editenv.tasks.hub import hub_tasks\n"
        "try:\n    hub_tasks('magicbrush')\n"
        "except ValueError as error:\n    print(error)\n"
    )
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert "HF_HUB_OFFLINE is set and it is not in the cache" in run.stdout
    assert "mirror=FILE_OR_FOLDER" in run.stdout


def test_a_data_set_that_is_no_table_on_the_hub_needs_a_mirror():
    for name in ("psr", "imgedit-bench"):
        with pytest.raises(DataSetError, match="pass mirror="):
            hub_tasks(name, split="test")


def test_without_the_library_the_error_names_it(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(editenv.optional.importlib, "import_module", missing)
    with pytest.raises(DependencyNotInstalled, match=r"pip install 'editenv\[data\]'"):
        hub_tasks("magicbrush")


def test_importing_editenv_and_its_tasks_imports_no_data_library():
    code = (
        "import sys, editenv, editenv.tasks\n"
        "heavy = ('datasets', 'pyarrow', 'torch', 'huggingface_hub')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# Damage


@pytest.fixture(scope="module")
def damaged(offline, tmp_path_factory):
    """UltraEdit with five rows, of which the first is sound."""
    sound = ultraedit()["FreeForm"]
    rows = [dict(sound.cast_column("source_image", datasets.Image(decode=False))[0])] * 5
    cut = {"bytes": encoded(RED, (64, 64))["bytes"][:60], "path": None}
    changes = [
        {},
        {"source_image": cut},
        {"source_image": {**huge(), "path": None}},
        {"edit_prompt": " "},
        {"source_image": None},
    ]
    broken = [{**row, **change} for row, change in zip(rows, changes, strict=True)]
    for row in broken:
        row["edited_image"] = encoded(BLUE)
    table = datasets.Dataset.from_list(broken, features=sound.features)
    return save({"FreeForm": table}, tmp_path_factory.mktemp("damaged") / "ultraedit")


def test_broken_rows_are_named(damaged):
    tasks = hub_tasks("ultraedit", mirror=damaged)
    assert tasks[0].instruction
    for row, reason in enumerate(("damaged", "81000000|9000 x 9000", "not a text", "empty"), 1):
        with pytest.raises(RowError, match=rf"ultraedit, row {row}: .*({reason})") as caught:
            tasks[row]
        assert pickle.loads(pickle.dumps(caught.value)).row == row


def test_broken_rows_are_skipped_and_counted(damaged):
    tasks = hub_tasks("ultraedit", mirror=damaged, on_error="skip")
    rng = np.random.default_rng(0)
    assert {tasks.sample(rng).metadata["row"] for _ in range(20)} == {0}
    assert set(tasks.skipped) == {1, 2, 3, 4}
    with pytest.raises(RowError):
        tasks[1]
    streamed = hub_tasks("ultraedit", mirror=damaged, on_error="skip", streaming=True)
    assert streamed.sample(rng).metadata["row"] == 0
    assert streamed.skipped == 4
    with pytest.raises(RowError):
        hub_tasks("ultraedit", mirror=damaged, streaming=True)[0]


def test_nothing_but_broken_rows_ends_with_an_error(damaged):
    tasks = hub_tasks(
        "ultraedit", mirror=damaged, on_error="skip", columns={"source": "edit_prompt"}
    )
    with pytest.raises(DataSetError, match="100 broken rows"):
        tasks.sample(np.random.default_rng(0))


def test_a_limit_of_ones_own(mirrors):
    with pytest.raises(RowError, match="40 x 30 pixels, more than the limit of 1000"):
        hub_tasks("ultraedit", mirror=mirrors["ultraedit"], max_pixels=1000)[0]


# Drawing, sessions, streams


def test_the_same_generator_gives_the_same_tasks_also_after_pickling(mirrors):
    tasks = hub_tasks("magicbrush", mirror=mirrors["magicbrush"])

    def drawn(source):
        rng = np.random.default_rng(1)
        return [source.sample(rng).metadata["id"] for _ in range(12)]

    again = pickle.loads(pickle.dumps(tasks))
    assert drawn(tasks) == drawn(tasks) == drawn(again)
    assert set(drawn(tasks)) == {"7-1", "7-2", "7-3", "3-1"}
    assert tasks[-1].metadata["index"] == 3
    with pytest.raises(IndexError, match="index=4"):
        tasks[4]


def test_sessions_are_played_turn_after_turn(mirrors):
    tasks = hub_tasks("magicbrush", mirror=mirrors["magicbrush"], image_size=(32, 32))
    session, single = tasks.chains()
    assert (session.id, session.indices) == ("7", (1, 0, 3))
    assert (single.id, single.indices) == ("3", (2,))
    before, after = tasks[session.indices[0]], tasks[session.indices[1]]
    np.testing.assert_array_equal(before.target, after.source)
    env = gymnasium.make("ImageEdit-v0", tasks=tasks, image_size=32).unwrapped
    number, canvas, seen = session.indices[0], None, []
    while number is not None:
        task = tasks[number] if canvas is None else continue_from(tasks[number], canvas)
        _, info = env.reset(options={"task": task})
        seen.append(info["instruction"])
        if canvas is not None:
            np.testing.assert_array_equal(env.workspace.canvas, canvas)
        env.step(env.action_space.sample())
        canvas, number = env.workspace.canvas, task.metadata["next"]
    assert seen == [f"session 7 turn {turn}" for turn in (1, 2, 3)]
    with pytest.raises(ValueError, match="canvas has shape"):
        continue_from(before, np.zeros((8, 8, 3), np.uint8))


def test_only_first_turns_can_be_asked_for(mirrors):
    tasks = hub_tasks("magicbrush", mirror=mirrors["magicbrush"], where={"turn": 1})
    assert [tasks[i].metadata["id"] for i in range(len(tasks))] == ["7-1", "3-1"]
    with pytest.raises(DataSetError, match="no sessions"):
        hub_tasks("ultraedit", mirror=mirrors["ultraedit"]).chains()


def streamed(mirrors, **arguments):
    return hub_tasks("magicbrush", mirror=mirrors["magicbrush"], streaming=True, **arguments)


def test_a_stream_keeps_the_contract_of_a_source_until_its_window_moves(mirrors):
    tasks = streamed(mirrors, window=3)
    first, second = (tasks.sample(np.random.default_rng(4)) for _ in range(2))
    assert first.metadata["id"] == second.metadata["id"]
    rng = np.random.default_rng(0)
    assert {tasks.sample(rng).metadata["row"] for _ in range(30)} == {0, 1, 2}
    tasks.advance()
    assert [tasks.sample(rng).metadata["row"] for _ in range(3)] == [3] * 3
    tasks.advance()
    assert {tasks.sample(rng).metadata["row"] for _ in range(30)} == {0, 1, 2}
    assert tasks.windows == 2
    with pytest.raises(IndexError, match="the window has 3 tasks"):
        tasks[3]


def test_a_stream_moves_by_itself_when_asked_and_gives_the_same_in_a_fresh_environment(mirrors):
    def rows():
        env = gymnasium.make(
            "ImageEdit-v0", tasks=streamed(mirrors, window=2, advance_every=3), image_size=64
        )
        env.reset(seed=9)
        return [env.reset()[1]["instruction"] for _ in range(14)]

    assert rows() == rows()
    assert len(set(rows())) == 4


def test_a_pickled_stream_goes_on_where_it_was(mirrors):
    tasks = streamed(mirrors, window=1)
    tasks[0], tasks.advance()
    again = pickle.loads(pickle.dumps(tasks))
    for source in (tasks, again):
        assert source[0].metadata["row"] == 1
        source.advance()
        assert source[0].metadata["row"] == 2


def test_a_stream_without_a_row_to_use_says_so(mirrors):
    with pytest.raises(DataSetError, match="no usable row"):
        streamed(mirrors, where={"turn": 9})[0]
