"""UltraEdit: photos edited by a diffusion model from generated instructions, two forms."""

from dataclasses import replace

from editenv.models.hub.data_set import DataSet, extra, needed

ULTRAEDIT = DataSet(
    name="ultraedit",
    hub_id="BleachNick/UltraEdit_500k",
    splits={"train": "FreeForm"},
    columns={
        "source": needed("source_image"),
        "instruction": needed("edit_prompt"),
        "target": needed("edited_image"),
        "source_caption": extra("source_caption"),
        "target_caption": extra("target_caption"),
    },
    certainty="loaders' code",
    checked="2026-11-24",
    evidence="code that trains on it",
    licence="CC BY 4.0 (from memory)",
)

ULTRAEDIT_REGION = replace(
    ULTRAEDIT,
    name="ultraedit-region",
    hub_id="BleachNick/UltraEdit_Region_Based_100k",
    splits={"train": "RegionBase"},
    columns={**ULTRAEDIT.columns, "mask": needed("mask_image")},
)
