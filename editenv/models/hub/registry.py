"""The public data sets, which ``editenv.tasks.registry`` lists by name."""

from __future__ import annotations

from editenv import entry_points
from editenv.models.hub.data_set import DataSet
from editenv.tasks.registry import DATA_SETS


def find_data_set(name: str) -> DataSet:
    """Return what is known of a data set.

    Raises:
        ValueError: an unknown name.
    """
    if name not in DATA_SETS:
        raise ValueError(f"name={name!r} is no known data set: choose from {sorted(DATA_SETS)}")
    return entry_points.load(DATA_SETS[name])
