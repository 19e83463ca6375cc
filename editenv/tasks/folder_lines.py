"""The lines of a task folder's index: JSON, checked key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from editenv.tasks.checks import TaskRefused, check_words
from editenv.tasks.source import SPLITS
from editenv.types import SubEdit

_KEYS = ("source", "instruction", "target", "mask", "sub_edits", "id", "split")
_EDIT_KEYS = ("action", "subject", "goal", "mask")


class LineRefused(Exception):
    """A line cannot be used; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One sound line; pictures are still paths, those of the sub-edits' masks are beside them."""

    line: int
    source: str
    instruction: str
    target: str | None
    mask: str | None
    sub_edits: tuple[tuple[SubEdit, str | None], ...]
    id: str
    split: str | None
    extra: dict[str, Any]

    def images(self) -> list[str]:
        """Return the paths of all pictures and masks that the line names."""
        names = [self.source, self.target, self.mask, *(mask for _, mask in self.sub_edits)]
        return [name for name in names if name is not None]


def read_lines(file: Path) -> Iterator[tuple[int, Entry | LineRefused]]:
    """Yield (number from 1, entry or what is wrong with it) for every line that is not blank."""
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            if raw.strip():
                try:
                    yield number, _entry(number, raw)
                except LineRefused as error:
                    yield number, error


def _entry(number: int, raw: bytes) -> Entry:
    try:
        data: Any = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise LineRefused(f"broken JSON: {error}") from error
    if not isinstance(data, dict):
        raise LineRefused(f"a JSON object is needed, not {type(data).__name__}")
    keys = cast(dict[str, Any], data)
    source, instruction = _text(keys, "source"), _text(keys, "instruction")
    if source is None or instruction is None:
        missing = "source" if source is None else "instruction"
        raise LineRefused(f"the key {missing!r} is missing")
    split = _text(keys, "split")
    if split not in (None, *SPLITS):
        raise LineRefused(f"split={split!r} is unknown: choose from {SPLITS}")
    return Entry(
        line=number,
        source=source,
        instruction=instruction,
        target=_text(keys, "target"),
        mask=_text(keys, "mask"),
        sub_edits=_sub_edits(keys.get("sub_edits")),
        id=_id(keys.get("id"), number),
        split=split,
        extra={key: value for key, value in keys.items() if key not in _KEYS},
    )


def _text(data: dict[str, Any], key: str, where: str = "") -> str | None:
    """Return a string that is not blank; None when the key is missing or null."""
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise LineRefused(f"{where}{key!r} must be a string, not {type(value).__name__}")
    if not value.strip():
        raise LineRefused(f"{where}{key!r} is empty")
    try:
        check_words(f"{where}{key}", value)
    except TaskRefused as error:
        raise LineRefused(str(error)) from error
    return value


def _sub_edits(value: Any) -> tuple[tuple[SubEdit, str | None], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise LineRefused(f"'sub_edits' must be a list, not {type(value).__name__}")
    items = cast(list[Any], value)
    return tuple(_sub_edit(item, f"sub_edits[{index}]: ") for index, item in enumerate(items))


def _sub_edit(item: Any, where: str) -> tuple[SubEdit, str | None]:
    if not isinstance(item, dict):
        raise LineRefused(f"{where}a JSON object is needed, not {type(item).__name__}")
    keys = cast(dict[str, Any], item)
    unknown = sorted(set(keys) - set(_EDIT_KEYS))
    if unknown:
        raise LineRefused(f"{where}unknown keys {unknown}; accepted: {list(_EDIT_KEYS)}")
    action, subject = _text(keys, "action", where), _text(keys, "subject", where)
    if action is None or subject is None:
        missing = "action" if action is None else "subject"
        raise LineRefused(f"{where}the key {missing!r} is missing")
    # An empty goal is fine: some actions have only one outcome.
    goal = _text(keys, "goal", where) if keys.get("goal") != "" else ""
    return SubEdit(action, subject, goal or ""), _text(keys, "mask", where)


def _id(value: Any, number: int) -> str:
    if value is None:
        return str(number)
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise LineRefused(f"'id' must be a string or a number, not {type(value).__name__}")
