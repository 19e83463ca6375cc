"""The public data sets by name: to add one, write its file and a line here."""

from __future__ import annotations

from editenv.tasks.hub.complex_edit import COMPLEX_EDIT
from editenv.tasks.hub.data_set import DataSet
from editenv.tasks.hub.emu_edit import EMU_EDIT, EMU_EDIT_GENERATIONS
from editenv.tasks.hub.gedit_bench import GEDIT_BENCH
from editenv.tasks.hub.imgedit_bench import IMGEDIT_BENCH
from editenv.tasks.hub.instructpix2pix import INSTRUCTPIX2PIX, INSTRUCTPIX2PIX_1000
from editenv.tasks.hub.magicbrush import MAGICBRUSH
from editenv.tasks.hub.omniedit import OMNIEDIT
from editenv.tasks.hub.psr import PSR
from editenv.tasks.hub.realedit import REALEDIT
from editenv.tasks.hub.ultraedit import ULTRAEDIT, ULTRAEDIT_REGION

DATA_SETS: dict[str, DataSet] = {
    data_set.name: data_set
    for data_set in (
        MAGICBRUSH,
        ULTRAEDIT,
        ULTRAEDIT_REGION,
        REALEDIT,
        PSR,
        INSTRUCTPIX2PIX,
        INSTRUCTPIX2PIX_1000,
        OMNIEDIT,
        EMU_EDIT,
        EMU_EDIT_GENERATIONS,
        GEDIT_BENCH,
        IMGEDIT_BENCH,
        COMPLEX_EDIT,
    )
}
"""By name: what is known of each; ``docs/datasets.md`` has the table."""


def find_data_set(name: str) -> DataSet:
    """Return a data set.

    Raises:
        ValueError: an unknown name.
    """
    if name not in DATA_SETS:
        raise ValueError(f"name={name!r} is no known data set: choose from {sorted(DATA_SETS)}")
    return DATA_SETS[name]
