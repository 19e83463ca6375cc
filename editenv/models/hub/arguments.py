"""``hub_tasks``: from the arguments, or from ``"magicbrush?mirror=..."``, to a source of tasks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from editenv.models.hub.columns import Columns, resolve_columns
from editenv.models.hub.data_set import DataSet
from editenv.models.hub.errors import DataSetError
from editenv.models.hub.loading import mirror_folder, open_rows, own_split
from editenv.models.hub.readers import CONTENT
from editenv.models.hub.registry import find_data_set
from editenv.models.hub.rows import RowReader
from editenv.models.hub.sources import HubTasks, StreamedTasks
from editenv.tasks.annotated import checked_size


def hub_tasks(
    name: str,
    *,
    split: str = "train",
    image_size: Sequence[int] = (64, 64),
    columns: Mapping[str, str | None] | None = None,
    where: Mapping[str, Any] | None = None,
    mirror: str | Path | None = None,
    data_split: str | None = None,
    revision: str | None = None,
    streaming: bool = False,
    window: int = 256,
    advance_every: int = 0,
    on_error: str = "raise",
    max_pixels: int = 64_000_000,
    **choices: Any,
) -> HubTasks | StreamedTasks:
    """Open a public data set as a source of tasks; ``docs/datasets.md`` lists them.

    Args:
        name: such as ``"magicbrush"``.
        split: ``"train"``, ``"validation"`` or ``"test"``; what the data set calls it is known.
        image_size: (H, W); every picture and mask is stretched to it.
        columns: by role, the column that plays it, or None to do without. Confirms a guess, or
            overrides what is known.
        where: by role, the value, or a list of values, that a row must have; None takes any.
        mirror: a folder or file on this machine to read instead of the hub: parquet, a picture
            folder, what ``save_to_disk`` wrote; or a ``.jsonl``, ``.json``, ``.csv`` file whose
            pictures are paths relative to it.
        data_split: a split by the data set's own name, in place of ``split``.
        revision: of the repository on the hub.
        streaming: read row by row instead of preparing all; see ``StreamedTasks``.
        window: with streaming, how many tasks are drawn from at a time.
        advance_every: with streaming, draws after which the window moves on; 0 for never.
        on_error: ``"raise"`` or ``"skip"`` broken rows, which are counted in ``skipped``.
        max_pixels: larger pictures are refused before they are decoded.
        choices: what this data set lets the user choose, such as ``complexity=5``.

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
        DataSetError: the data set cannot be had, or has other columns or splits; a ValueError too.
        gymnasium.error.DependencyNotInstalled: the `datasets` library is missing.
    """
    data_set = find_data_set(name)
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r}: choose 'raise' or 'skip'")
    size, chosen = checked_size(image_size), _checked_choices(data_set, choices)
    own = own_split(data_set, split, data_split)
    data = open_rows(data_set, own, mirror=mirror, streaming=streaming, revision=revision)
    resolved = resolve_columns(data_set, _column_names(data), columns)
    if resolved.missing:
        warnings.warn(f"{name}: no column {list(resolved.missing)}; left out", stacklevel=2)
    reader = RowReader(
        data_set=data_set,
        columns=resolved,
        choices=chosen,
        where=_checked_where(data_set, resolved, where),
        size=size,
        max_pixels=max_pixels,
        folder=mirror_folder(mirror),
        metadata={"dataset": name, "split": split, "data_split": own},
    )
    skip = on_error == "skip"
    if not streaming:
        return HubTasks(reader, data, skip=skip)
    rows = data.select_columns(resolved.names)
    if rows.features is not None:
        rows = rows.decode(False)
    return StreamedTasks(reader, rows, window=window, advance_every=advance_every, skip=skip)


def _column_names(data: Any) -> list[str]:
    """The columns; a stream that does not say is asked for its first row."""
    if data.column_names is not None:
        return list(data.column_names)
    first = next(iter(data), None)
    if first is None:
        raise DataSetError("the stream is empty")
    return list(first)


def _checked_choices(data_set: DataSet, given: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {name: values[0] for name, values in data_set.choices.items()}
    for name, value in given.items():
        if name not in data_set.choices:
            raise ValueError(
                f"{name}={value!r} is no argument of {data_set.name}: "
                f"it has {sorted(data_set.choices) or 'none of its own'}"
            )
        # Values in a query are text.
        matches = [v for v in data_set.choices[name] if str(v) == str(value)]
        if not matches:
            accepted = sorted(data_set.choices[name])
            raise ValueError(f"{name}={value!r}: choose from {accepted}")
        chosen[name] = matches[0]
    return chosen


def _checked_where(
    data_set: DataSet, columns: Columns, given: Mapping[str, Any] | None
) -> dict[str, tuple[str, ...]]:
    """The values by role as text; None takes a default filter away."""
    where: dict[str, tuple[str, ...]] = {}
    defaults = {r: value for r, value in data_set.where.items() if r in columns.by_role}
    for role, values in {**defaults, **(given or {})}.items():
        if role not in columns.by_role:
            accepted = sorted(set(columns.by_role) - set(CONTENT))
            raise ValueError(
                f"where={dict(given or {})!r} has the role {role!r}; {data_set.name} has {accepted}"
            )
        if values is not None:
            listed = values if isinstance(values, (list, tuple, set)) else [values]
            where[role] = tuple(str(value) for value in listed)
    return where


def _flag(text: str) -> bool:
    flags = {"1": True, "true": True, "0": False, "false": False}
    return flags[text.lower()]


_IN_QUERY: dict[str, Callable[[str], Any]] = {
    "mirror": str,
    "data_split": str,
    "revision": str,
    "streaming": _flag,
    "window": int,
    "advance_every": int,
    "max_pixels": int,
}
"""Arguments that a query may hold, beside ``columns.ROLE``, ``where.ROLE`` and choices."""

_NOT_IN_QUERY = ("name", "split", "image_size", "on_error", "columns", "where")
"""The environment's own arguments, and those that are given role by role."""


def named_tasks(
    tasks: str, *, split: str, image_size: Sequence[int], on_error: str
) -> HubTasks | StreamedTasks:
    """Open a data set by what ``tasks=`` says, such as ``"magicbrush?mirror=PATH"``.

    Raises:
        ValueError: as ``parse_name`` and ``hub_tasks``.
        gymnasium.error.DependencyNotInstalled: the `datasets` library is missing.
    """
    name, arguments = parse_name(tasks)
    return hub_tasks(name, split=split, image_size=image_size, on_error=on_error, **arguments)


def parse_name(tasks: str) -> tuple[str, dict[str, Any]]:
    """Split ``"name?key=value&columns.role=name"`` into a name and arguments of ``hub_tasks``.

    Values may be percent-encoded, as a path with ``&`` or ``%`` must be.

    Raises:
        ValueError: a part without ``=``, a key given twice, a value of the wrong kind, or an
            argument that the environment has itself.
    """
    name, _, query = tasks.partition("?")
    arguments: dict[str, Any] = {}
    for part in filter(None, query.split("&")):
        key, equals, value = part.partition("=")
        group, _, role = key.partition(".")
        place = arguments
        if role and group in ("columns", "where"):
            place, key = arguments.setdefault(group, {}), role
        if not equals or key in place:
            raise ValueError(f"tasks={tasks!r}: {part!r} must be KEY=VALUE, each key once")
        if place is not arguments:
            place[key] = unquote(value) or None
            continue
        if key in _NOT_IN_QUERY:
            raise ValueError(f"tasks={tasks!r}: {key!r} is no part of the name")
        try:
            place[key] = _IN_QUERY.get(key, str)(unquote(value))
        except (KeyError, ValueError):
            raise ValueError(f"tasks={tasks!r}: {part!r} has a value of the wrong kind") from None
    return name, arguments
