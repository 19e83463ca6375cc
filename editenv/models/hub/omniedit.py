"""OmniEdit: 1.2 million pairs of seven kinds of edit, filtered by a scorer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from editenv.models.hub.data_set import DataSet, Parts, Row, extra, metadata_of, needed
from editenv.models.hub.errors import RowRefused


def read_omniedit(row: Row, choices: Mapping[str, Any]) -> Parts:
    """The prompts of a row ask for the same edit: the first, or all to draw from."""
    prompts = row.get("instruction")
    prompts = [prompts] if isinstance(prompts, str) else prompts
    texts = [p.strip() for p in prompts or () if isinstance(p, str) and p.strip()]
    if not texts:
        raise RowRefused(f"the instruction is {prompts!r}, not a list of texts")
    instructions = tuple(texts if choices["prompts"] == "random" else texts[:1])
    return Parts(row["source"], instructions, row.get("target"), metadata=metadata_of(row))


OMNIEDIT = DataSet(
    name="omniedit",
    hub_id="TIGER-Lab/OmniEdit-Filtered-1.2M",
    splits={"train": "train", "validation": "dev"},
    columns={
        "source": needed("src_img"),
        "instruction": needed("edited_prompt_list"),
        "target": needed("edited_img"),
        "id": extra("omni_edit_id"),
        "task_type": extra("task"),
        "semantic_score_1": extra("sc_score_1"),
        "semantic_score_2": extra("sc_score_2"),
        "quality_score": extra("pq_score"),
        "overall_score": extra("o_score"),
    },
    certainty="card",
    checked="2026-11-24",
    evidence="the card: names, types and splits",
    licence="MIT (from memory)",
    choices={"prompts": ("first", "random")},
    read=read_omniedit,
)
