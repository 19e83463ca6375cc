"""Emu Edit's benchmark: real photos, eight kinds of edit, no finished pictures."""

from editenv.models.hub.data_set import DataSet, extra, needed

_COLUMNS = {
    "source": needed("image"),
    "instruction": needed("instruction"),
    "task_type": needed("task"),
    "id": extra("idx"),
    "hash": extra("hash"),
    "source_caption": extra("input_caption"),
    "target_caption": extra("output_caption"),
}

EMU_EDIT = DataSet(
    name="emu-edit",
    hub_id="facebook/emu_edit_test_set",
    splits={"validation": "validation", "test": "test"},
    columns=_COLUMNS,
    certainty="card",
    checked="2026-11-24",
    evidence="the card: names, types, splits and licence",
    licence="CC BY-NC 4.0",
)

EMU_EDIT_GENERATIONS = DataSet(
    name="emu-edit-generations",
    hub_id="facebook/emu_edit_test_set_generations",
    # The card says that the two are swapped in this one.
    splits={"validation": "test", "test": "validation"},
    # What one model made of it is no ground truth, so it is kept apart and not called a target.
    columns={**_COLUMNS, "model": extra("model")},
    certainty="card",
    checked="2026-11-24",
    evidence="the card: names, types, splits and licence",
    licence="CC BY-NC 4.0",
)
