"""MagicBrush: real photos, edited turn by turn by people with a diffusion model."""

from editenv.models.hub.data_set import DataSet, needed

MAGICBRUSH = DataSet(
    name="magicbrush",
    hub_id="osunlp/MagicBrush",
    splits={"train": "train", "validation": "dev"},
    columns={
        "source": needed("source_img"),
        "instruction": needed("instruction"),
        "target": needed("target_img"),
        "mask": needed("mask_img"),
        "chain": needed("img_id"),
        "turn": needed("turn_index"),
    },
    certainty="card",
    checked="2026-11-24",
    evidence="the card: names, types and splits; the test split is a zip file outside the hub",
    licence="CC BY 4.0 (from memory)",
    in_turns=True,
    # The card says that white is the region. It does not say whether the rest is black or the
    # photo itself, where bright is not inside: pure white alone is right for both.
    white_mask=True,
)
