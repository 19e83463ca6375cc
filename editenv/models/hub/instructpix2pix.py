"""InstructPix2Pix: generated pairs of pictures, the full set and the sample of a thousand."""

from dataclasses import replace

from editenv.models.hub.data_set import DataSet, extra, needed

INSTRUCTPIX2PIX = DataSet(
    name="instructpix2pix",
    hub_id="timbrooks/instructpix2pix-clip-filtered",
    splits={"train": "train"},
    columns={
        # The full set calls it the one, the sample of 1,000 the other.
        "source": needed("original_image", "input_image"),
        "instruction": needed("edit_prompt"),
        "target": needed("edited_image"),
        "source_caption": extra("original_prompt"),
        "target_caption": extra("edited_prompt"),
    },
    certainty="loaders' code",
    checked="2026-11-24",
    evidence="training scripts that name its columns; the captions' names are from memory",
    licence="unknown: see the card",
)

INSTRUCTPIX2PIX_1000 = replace(
    INSTRUCTPIX2PIX,
    name="instructpix2pix-1000",
    hub_id="fusing/instructpix2pix-1000-samples",
    evidence="training scripts that name its columns",
)
