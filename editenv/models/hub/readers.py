"""What a row says: most data sets have a column for each part, three need a reader of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from editenv.tasks.annotated import EDIT
from editenv.tasks.checks import TaskRefused
from editenv.types import WHOLE_IMAGE, SubEdit

CONTENT = ("source", "instruction", "target", "mask")
"""Roles that become a task's picture, words, stage and mask; all others are metadata."""

Row = Mapping[str, Any]
"""A row's values by role; a role whose column is not there or empty is missing."""


@dataclass(frozen=True)
class Parts:
    """What a row says, pictures still encoded.

    Attributes:
        source: the picture to edit.
        instructions: the user's words; where there are several, all ask for the same.
        target: the finished picture, or None.
        mask: where the edit shows, or None.
        edits: the decomposition, where it is known.
        metadata: whatever else is kept.
    """

    source: Any
    instructions: tuple[str, ...]
    target: Any = None
    mask: Any = None
    edits: tuple[SubEdit, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def plain(row: Row, choices: Mapping[str, Any]) -> Parts:
    """Read a row whose columns hold what their roles say."""
    words = row.get("instruction")
    if not isinstance(words, str) or not words.strip():
        raise TaskRefused(f"the instruction is {words!r}, not a text")
    metadata = {role: value for role, value in row.items() if role not in CONTENT}
    return Parts(row["source"], (words.strip(),), row.get("target"), row.get("mask"), (), metadata)


def several_answers(row: Row, choices: Mapping[str, Any]) -> Parts:
    """Take the first of several answers as the target; ``outputs`` says how many there were."""
    answers = row.get("target")
    answers = [a for a in (answers if isinstance(answers, list) else [answers]) if a is not None]
    first = {"target": answers[0] if answers else None}
    return plain({**row, **first, "outputs": len(answers)}, choices)


def several_prompts(row: Row, choices: Mapping[str, Any]) -> Parts:
    """The prompts of a row ask for the same edit: take the first, or all to draw from."""
    prompts = row.get("instruction")
    prompts = [prompts] if isinstance(prompts, str) else prompts
    texts = [p.strip() for p in prompts or () if isinstance(p, str) and p.strip()]
    if not texts:
        raise TaskRefused(f"the instruction is {prompts!r}, not a list of texts")
    rest = texts[1:] if choices["prompts"] == "random" else []
    parts = plain({**row, "instruction": texts[0]}, choices)
    return Parts(**{**vars(parts), "instructions": (*parts.instructions, *rest)})


def compound(row: Row, choices: Mapping[str, Any]) -> Parts:
    """Take the compound instruction of a complexity, decomposed into as many atomic ones.

    Each atomic instruction is a sub-edit ("edit", "whole image"); its words are in
    ``metadata["atomic"]``, in the same order.
    """
    level, edit = choices["complexity"], row.get("edit")
    try:
        edit = json.loads(edit) if isinstance(edit, str) else edit
    except (ValueError, RecursionError) as error:
        raise TaskRefused(f"the edit is broken JSON: {error}") from error
    if not isinstance(edit, Mapping):
        raise TaskRefused(f"the edit is {type(edit).__name__}, not a structure")
    atoms = _texts(edit, "sequence", "instruction")
    compounds = _texts(edit, "compound", "compound_instruction")
    if len(atoms) < level or len(compounds) < level:
        raise TaskRefused(
            f"complexity {level} needs as many atomic and compound instructions; "
            f"there are {len(atoms)} and {len(compounds)}"
        )
    metadata = {role: v for role, v in row.items() if role not in (*CONTENT, "edit")}
    metadata |= {"atomic": tuple(atoms[:level]), "complexity": level}
    edits = (SubEdit(EDIT, WHOLE_IMAGE),) * level
    return Parts(row["source"], (compounds[level - 1],), edits=edits, metadata=metadata)


def _texts(edit: Mapping[str, Any], key: str, field: str) -> list[str]:
    """Read a list of structures, or the structure of lists that some versions store for it."""
    items = edit.get(key) or ()
    if isinstance(items, Mapping):
        values = items.get(field) or ()
    else:
        values = [item.get(field) for item in items if isinstance(item, Mapping)]
    texts = [text for text in values if isinstance(text, str) and text.strip()]
    if len(texts) < len(values):
        raise TaskRefused(f"{key!r} has a {field!r} that is no text")
    return texts
