"""Arguments of public data sets: columns, splits, choices, queries."""

from __future__ import annotations

import json

import gymnasium
import pytest
from miniatures import magicbrush, save, ultraedit
from PIL import Image

from editenv.models.hub import DataSetError, hub_tasks, parse_name
from editenv.tasks import make_tasks, register_tasks

pytestmark = pytest.mark.filterwarnings("ignore:.*no column")


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


@pytest.mark.parametrize(
    "query", ["mirror", "a=1&a=2", "streaming=maybe", "window=x", "split=test", "columns=a"]
)
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
