"""Where the rows of public data sets come from, and what is refused."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import datasets
import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled
from miniatures import BLUE, RED, encoded, huge, magicbrush, save, ultraedit
from PIL import Image

import editenv.optional
from editenv.models.hub import DataSetError, RowError, hub_tasks

pytestmark = pytest.mark.filterwarnings("ignore:.*no column")


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
        "from editenv.models.hub import hub_tasks\n"
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
