"""RealEdit: requests and answers of people who edit photos for each other on Reddit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from editenv.models.hub.data_set import DataSet, Parts, Row, extra, metadata_of, needed, text_of


def read_realedit(row: Row, choices: Mapping[str, Any]) -> Parts:
    """Take the first of up to five answers as the target; ``outputs`` says how many there were."""
    answers = row.get("target")
    if not isinstance(answers, list):
        answers = [answers]
    answers = [answer for answer in answers if answer is not None]
    return Parts(
        source=row["source"],
        instructions=(text_of(row, "instruction"),),
        target=answers[0] if answers else None,
        mask=row.get("mask"),
        metadata={**metadata_of(row), "outputs": len(answers)},
    )


REALEDIT = DataSet(
    name="realedit",
    hub_id="peter-sushko/RealEdit",
    splits={"train": "train", "test": "test"},
    columns={
        "source": needed("input_image"),
        "instruction": needed("instruction"),
        "target": needed("output_images", "output_image"),
        "id": extra("post_id"),
    },
    certainty="unverified",
    checked="2026-11-24",
    evidence="splits and their sizes from the README; the columns are a guess",
    licence="unknown: see the card",
    read=read_realedit,
)
