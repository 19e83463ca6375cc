"""Complex-Edit: atomic edits, and what they become when one to eight are said in one breath."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from editenv.models.hub.data_set import DataSet, Parts, Row, extra, metadata_of, needed
from editenv.models.hub.errors import RowRefused
from editenv.tasks.annotated import EDIT
from editenv.types import WHOLE_IMAGE, SubEdit

LEVELS = (3, 1, 2, 4, 5, 6, 7, 8)
"""Complexities, the default first (GPT-Image-Edit-1.5M takes three atomic edits too)."""


def read_complex_edit(row: Row, choices: Mapping[str, Any]) -> Parts:
    """The compound instruction of a complexity, decomposed into as many atomic ones.

    Each atomic instruction is a sub-edit ("edit", "whole image"); its words are in
    ``metadata["atomic"]``, in the same order.
    """
    level = choices["complexity"]
    edit = row.get("edit")
    if isinstance(edit, str):
        edit = _from_json(edit)
    if not isinstance(edit, Mapping):
        raise RowRefused(f"the edit is {type(edit).__name__}, not a structure")
    atomic = _texts(edit, "sequence", "instruction")
    compound = _texts(edit, "compound", "compound_instruction")
    if len(atomic) < level or len(compound) < level:
        raise RowRefused(
            f"complexity {level} needs as many atomic and compound instructions; "
            f"there are {len(atomic)} and {len(compound)}"
        )
    metadata = metadata_of({k: v for k, v in row.items() if k != "edit"})
    return Parts(
        source=row["source"],
        instructions=(compound[level - 1],),
        edits=(SubEdit(EDIT, WHOLE_IMAGE),) * level,
        metadata={**metadata, "atomic": tuple(atomic[:level]), "complexity": level},
    )


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RowRefused(f"the edit is broken JSON: {error}") from error


def _texts(edit: Mapping[str, Any], key: str, field: str) -> list[str]:
    """Read a list of structures, or the structure of lists that some versions store for it."""
    items = edit.get(key)
    if isinstance(items, Mapping):
        values = items.get(field)
    else:
        values = [item.get(field) for item in items or () if isinstance(item, Mapping)]
    texts: list[str] = []
    for text in values or ():
        if not isinstance(text, str) or not text.strip():
            raise RowRefused(f"{key!r} has a {field!r} that is no text")
        texts.append(text)
    return texts


COMPLEX_EDIT = DataSet(
    name="complex-edit",
    hub_id="UCSC-VLAA/Complex-Edit",
    splits={"test": "test_real"},
    columns={"source": needed("image"), "edit": needed("edit"), "id": extra("id", "image_id")},
    certainty="loaders' code",
    checked="2026-11-24",
    evidence="code that loads it; the second split, test_syn, by data_split=",
    licence="unknown: see the card",
    choices={"complexity": LEVELS},
    read=read_complex_edit,
)
