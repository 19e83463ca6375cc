"""Miniatures of the public data sets: exactly the columns that are known of each, a few rows."""

from __future__ import annotations

import io
import json
import struct
import zlib

import datasets
import numpy as np
from datasets import Features, List, Value
from datasets import Image as Picture
from PIL import Image

TEXT, NUMBER = Value("string"), Value("int32")
RED, BLUE, GREEN, GREY = (200, 30, 30), (30, 30, 200), (30, 160, 60), (120, 120, 120)


def encoded(colour, size=(40, 30), kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return {"bytes": file.getvalue(), "path": None}


def left_half(ground=(0, 0, 0), size=(40, 30)):
    """White on the left; the rest is ``ground``."""
    pixels = np.full((size[1], size[0], 3), ground, np.uint8)
    pixels[:, : size[0] // 2] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


def huge():
    """A PNG of a few bytes that claims to have 81 million pixels."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return {"bytes": b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", 0) + b"IDAT\0\0\0\0"}


def table(columns, rows):
    """A `datasets.Dataset` of a list of rows."""
    features = Features(columns)
    return datasets.Dataset.from_dict(
        {name: [row[name] for row in rows] for name in features}, features=features
    )


def magicbrush():
    columns = {
        "img_id": TEXT, "turn_index": NUMBER, "source_img": Picture(), "mask_img": Picture(),
        "instruction": TEXT, "target_img": Picture(),
    }  # fmt: skip
    steps = [("7", 2, BLUE, GREEN), ("7", 1, RED, BLUE), ("3", 1, GREY, RED), ("7", 3, GREEN, GREY)]
    rows = [
        {
            "img_id": session, "turn_index": turn, "source_img": encoded(before),
            "mask_img": left_half(GREY if session == "7" else (0, 0, 0)),
            "instruction": f"session {session} turn {turn}", "target_img": encoded(after),
        }
        for session, turn, before, after in steps
    ]  # fmt: skip
    return {"train": table(columns, rows), "dev": table(columns, rows[2:3])}


def ultraedit(split="FreeForm", **more):
    columns = {
        "source_image": Picture(), "edited_image": Picture(), "source_caption": TEXT,
        "target_caption": TEXT, "edit_prompt": TEXT, **dict.fromkeys(more, Picture()),
    }  # fmt: skip
    row = {
        "source_image": encoded(RED), "edited_image": encoded(BLUE, kind="JPEG"),
        "source_caption": "a red wall", "target_caption": "a blue wall",
        "edit_prompt": "make the wall blue", **more,
    }  # fmt: skip
    return {split: table(columns, [row, row])}


def instructpix2pix(source="original_image"):
    columns = {source: Picture(), "edit_prompt": TEXT, "edited_image": Picture()}
    row = {source: encoded(RED), "edit_prompt": "make it blue", "edited_image": encoded(BLUE)}
    return {"train": table(columns, [row, row])}


def omniedit():
    scores = dict.fromkeys(("sc_score_1", "sc_score_2", "pq_score", "o_score"), 9)
    columns = {
        "omni_edit_id": TEXT, "task": TEXT, "src_img": Picture(), "edited_img": Picture(),
        "edited_prompt_list": List(TEXT), "width": NUMBER, "height": NUMBER, "sc_reasoning": TEXT,
        "pq_reasoning": TEXT, **dict.fromkeys(scores, NUMBER),
    }  # fmt: skip
    row = {
        "omni_edit_id": "task_obj_1", "task": "attribute_modification", "src_img": encoded(RED),
        "edited_img": encoded(BLUE), "edited_prompt_list": ["Make it blue.", "Blue, please."],
        "width": 40, "height": 30, "sc_reasoning": "good", "pq_reasoning": "good", **scores,
    }  # fmt: skip
    return {"train": table(columns, [row, row]), "dev": table(columns, [row])}


def emu_edit(**more):
    columns = {
        "instruction": TEXT, "image": Picture(), "task": TEXT, "split": TEXT, "idx": NUMBER,
        "hash": TEXT, "input_caption": TEXT, "output_caption": TEXT,
        **({"edited_image": Picture(), "model": TEXT} if more else {}),
    }  # fmt: skip
    tables = {}
    for split, kinds in (("validation", ("add", "remove")), ("test", ("style",))):
        rows = [
            {
                "instruction": f"{kind} something", "image": encoded(RED), "task": kind,
                "split": split, "idx": number, "hash": "ab", "input_caption": "a wall",
                "output_caption": "another wall", **more,
            }
            for number, kind in enumerate(kinds)
        ]  # fmt: skip
        tables[split] = table(columns, rows)
    return tables


def gedit_bench():
    columns = {
        "key": TEXT, "task_type": TEXT, "instruction": TEXT, "instruction_language": TEXT,
        "input_image_raw": Picture(), "input_image": Picture(), "Intersection_exist": Value("bool"),
    }  # fmt: skip
    rows = [
        {
            "key": f"{language}{number}", "task_type": "subject-add", "instruction": words,
            "instruction_language": language, "input_image_raw": raw,
            "input_image": encoded(BLUE), "Intersection_exist": True,
        }
        for number, (language, words, raw) in enumerate(
            (("en", "add a cat", encoded(RED)), ("cn", "加一只猫", encoded(RED)),
             ("en", "add a dog", None))
        )
    ]  # fmt: skip
    return {"train": table(columns, rows)}


def complex_edit(as_text=False):
    edit = {
        "sequence": [{"instruction": f"atomic {i}", "operation": "x"} for i in range(1, 9)],
        "compound": [{"compound_instruction": f"compound {i}"} for i in range(1, 9)],
    }
    structure = {
        "sequence": [{"instruction": TEXT, "operation": TEXT}],
        "compound": [{"compound_instruction": TEXT}],
    }
    columns = {"image": Picture(), "edit": TEXT if as_text else structure}
    row = {"image": encoded(RED), "edit": json.dumps(edit) if as_text else edit}
    return {"test_real": table(columns, [row, row]), "test_syn": table(columns, [row])}


def people(**more):
    """Any names that somebody might give to a request's columns: for the guessed data sets."""
    columns = {"before": Picture(), "wish": TEXT, "answers": List(Picture()), "note": TEXT}
    row = {
        "before": encoded(RED), "wish": "make it blue", "answers": [encoded(BLUE), encoded(RED)],
        "note": "thanks", **more,
    }  # fmt: skip
    return {"train": table(columns, [row]), "test": table(columns, [row])}


MINIATURES = {
    "magicbrush": magicbrush,
    "ultraedit": ultraedit,
    "ultraedit-region": lambda: ultraedit("RegionBase", mask_image=left_half()),
    "instructpix2pix": instructpix2pix,
    "instructpix2pix-1000": lambda: instructpix2pix("input_image"),
    "omniedit": omniedit,
    "emu-edit": emu_edit,
    "emu-edit-generations": lambda: emu_edit(edited_image=encoded(BLUE), model="emu"),
    "gedit-bench": gedit_bench,
    "complex-edit": complex_edit,
    "realedit": people,
    "psr": people,
}
"""By data set: a function that makes its splits."""


def save(tables, folder):
    """Write parquet files with the pictures in them, as the hub's data sets have them."""
    (folder / "data").mkdir(parents=True)
    for split, rows in tables.items():
        rows.to_parquet(str(folder / "data" / f"{split}-00000-of-00001.parquet"))
    return folder


def save_imgedit(folder):
    """A JSON object by key, and the pictures beside it."""
    (folder / "animal").mkdir(parents=True)
    Image.new("RGB", (40, 30), RED).save(folder / "animal" / "1.jpg")
    record = {"id": "animal/1.jpg", "prompt": "make it blue", "edit_type": "adjust"}
    (folder / "basic_edit.json").write_text(json.dumps({"1082": record, "1083": record}))
    return folder / "basic_edit.json"
