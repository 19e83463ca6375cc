"""The public data sets, whose names ``editenv.tasks.registry`` lists."""

from __future__ import annotations

from editenv.models.hub.data_set import DataSet, columns
from editenv.models.hub.readers import compound, several_answers, several_prompts

_CHECKED = "2026-11-24"
_ULTRAEDIT = (
    "source=source_image instruction=edit_prompt target=edited_image "
    "source_caption=source_caption? target_caption=target_caption?"
)
# The full set calls its source the one, the sample of 1,000 the other.
_INSTRUCTPIX2PIX = (
    "source=original_image|input_image instruction=edit_prompt target=edited_image "
    "source_caption=original_prompt? target_caption=edited_prompt?"
)
# What one model made of it is no ground truth, so it is kept apart and not called a target.
_EMU_EDIT = (
    "source=image instruction=instruction task_type=task id=idx? hash=hash? "
    "source_caption=input_caption? target_caption=output_caption?"
)

_ALL = (
    DataSet(
        "magicbrush",
        "osunlp/MagicBrush",
        {"train": "train", "validation": "dev"},
        columns(
            "source=source_img instruction=instruction target=target_img mask=mask_img "
            "chain=img_id turn=turn_index"
        ),
        "card",
        _CHECKED,
        "the card: names, types and splits; the test split is a zip file outside the hub",
        "CC BY 4.0 (from memory)",
        in_turns=True,
        # The card says that white is the region. It does not say whether the rest is black or the
        # photo itself, where bright is not inside: pure white alone is right for both.
        white_mask=True,
    ),
    DataSet(
        "complex-edit",
        "UCSC-VLAA/Complex-Edit",
        {"test": "test_real"},
        columns("source=image edit=edit id=id|image_id?"),
        "loaders' code",
        _CHECKED,
        "code that loads it; the second split, test_syn, by data_split=",
        "unknown: see the card",
        # The default first: GPT-Image-Edit-1.5M takes three atomic edits too.
        choices={"complexity": (3, 1, 2, 4, 5, 6, 7, 8)},
        read=compound,
    ),
    DataSet(
        "omniedit",
        "TIGER-Lab/OmniEdit-Filtered-1.2M",
        {"train": "train", "validation": "dev"},
        columns(
            "source=src_img instruction=edited_prompt_list target=edited_img id=omni_edit_id? "
            "task_type=task? semantic_score_1=sc_score_1? semantic_score_2=sc_score_2? "
            "quality_score=pq_score? overall_score=o_score?"
        ),
        "card",
        _CHECKED,
        "the card: names, types and splits",
        "MIT (from memory)",
        choices={"prompts": ("first", "random")},
        read=several_prompts,
    ),
    DataSet(
        "gedit-bench",
        "stepfun-ai/GEdit-Bench",
        # Its only split is called train, but it is a benchmark.
        {"test": "train"},
        columns(
            "source=input_image_raw|input_image instruction=instruction "
            "language=instruction_language task_type=task_type id=key? "
            "intersection=Intersection_exist?"
        ),
        "loaders' code",
        _CHECKED,
        "evaluation scripts that read it",
        "unknown: see the card",
        where={"language": "en"},
    ),
    DataSet(
        "ultraedit",
        "BleachNick/UltraEdit_500k",
        {"train": "FreeForm"},
        columns(_ULTRAEDIT),
        "loaders' code",
        _CHECKED,
        "code that trains on it",
        "CC BY 4.0 (from memory)",
    ),
    DataSet(
        "ultraedit-region",
        "BleachNick/UltraEdit_Region_Based_100k",
        {"train": "RegionBase"},
        columns(f"{_ULTRAEDIT} mask=mask_image"),
        "loaders' code",
        _CHECKED,
        "code that trains on it",
        "CC BY 4.0 (from memory)",
    ),
    DataSet(
        "instructpix2pix",
        "timbrooks/instructpix2pix-clip-filtered",
        {"train": "train"},
        columns(_INSTRUCTPIX2PIX),
        "loaders' code",
        _CHECKED,
        "training scripts that name its columns; the captions' names are from memory",
        "unknown: see the card",
    ),
    DataSet(
        "instructpix2pix-1000",
        "fusing/instructpix2pix-1000-samples",
        {"train": "train"},
        columns(_INSTRUCTPIX2PIX),
        "loaders' code",
        _CHECKED,
        "training scripts that name its columns",
        "unknown: see the card",
    ),
    DataSet(
        "emu-edit",
        "facebook/emu_edit_test_set",
        {"validation": "validation", "test": "test"},
        columns(_EMU_EDIT),
        "card",
        _CHECKED,
        "the card: names, types, splits and licence",
        "CC BY-NC 4.0",
    ),
    DataSet(
        "emu-edit-generations",
        "facebook/emu_edit_test_set_generations",
        # The card says that the two are swapped in this one.
        {"validation": "test", "test": "validation"},
        columns(f"{_EMU_EDIT} model=model?"),
        "card",
        _CHECKED,
        "the card: names, types, splits and licence",
        "CC BY-NC 4.0",
    ),
    DataSet(
        "realedit",
        "peter-sushko/RealEdit",
        {"train": "train", "test": "test"},
        columns(
            "source=input_image instruction=instruction target=output_images|output_image "
            "id=post_id?"
        ),
        "unverified",
        _CHECKED,
        "splits and their sizes from the README; the columns are a guess",
        "unknown: see the card",
        read=several_answers,
    ),
    DataSet(
        "psr",
        "",
        {"test": "test"},
        columns(
            "source=input_image instruction=instruction target=output_images|output_image? id=id?"
        ),
        "unverified",
        _CHECKED,
        "the paper's name and count; place on the hub and columns are not known",
        "unknown",
        read=several_answers,
    ),
    DataSet(
        "imgedit-bench",
        # The benchmark is an archive of files, not a table: it is read from a mirror only.
        "",
        {"test": "test"},
        columns("source=id instruction=prompt task_type=edit_type? id=key?"),
        "memory",
        _CHECKED,
        "memory of the README of PKU-YuanGroup/ImgEdit",
        "unknown: see the README",
    ),
)

_BY_NAME = {data_set.name: data_set for data_set in _ALL}


def find_data_set(name: str) -> DataSet:
    """Return what is known of a data set.

    Raises:
        ValueError: an unknown name.
    """
    if name not in _BY_NAME:
        raise ValueError(f"name={name!r} is no known data set: choose from {sorted(_BY_NAME)}")
    return _BY_NAME[name]
