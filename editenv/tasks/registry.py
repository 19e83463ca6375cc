"""Task sources by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from editenv.protocols import implements
from editenv.tasks.complex import ComplexTasks
from editenv.tasks.direct import DirectTasks
from editenv.tasks.folder import FolderTasks
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.indirect import IndirectTasks
from editenv.tasks.mixed import MixedTasks
from editenv.tasks.multistep import MultiStepTasks
from editenv.tasks.pack import PackTasks
from editenv.tasks.restore import RestoreTasks
from editenv.tasks.retouch import RetouchTasks
from editenv.tasks.source import SPLITS, TaskSource

TASK_SOURCES: dict[str, Callable[..., TaskSource]] = {
    "mixed": MixedTasks,
    "direct": DirectTasks,
    "multistep": MultiStepTasks,
    "indirect": IndirectTasks,
    "retouch": RetouchTasks,
    "restore": RestoreTasks,
    "complex": ComplexTasks,
}
"""By name: a callable of (split, height, width); those that draw scenes also take ``material``."""

FOLDER_PREFIX = "folder:"

PACK_PREFIX = "pack:"

DATA_SETS = (
    "magicbrush",
    "ultraedit",
    "ultraedit-region",
    "realedit",
    "psr",
    "instructpix2pix",
    "instructpix2pix-1000",
    "omniedit",
    "emu-edit",
    "emu-edit-generations",
    "gedit-bench",
    "imgedit-bench",
    "complex-edit",
)
"""Public data sets; ``editenv.models.hub.registry`` has what is known of each."""

DATA_SET_READER = "editenv.models.hub"
"""The module whose ``named_tasks`` opens them."""


def register_tasks(name: str, factory: Callable[[str, int, int], TaskSource]) -> None:
    """Add a task source that ``tasks=name`` then finds.

    Raises:
        ValueError: the name is taken, or has a colon or a question mark in it.
    """
    if name in TASK_SOURCES or name in DATA_SETS or ":" in name or "?" in name:
        raise ValueError(f"name={name!r} is taken, or has a colon or a question mark in it")
    TASK_SOURCES[name] = factory


def make_tasks(
    tasks: str | TaskSource,
    *,
    split: str,
    height: int,
    width: int,
    on_error: str = "raise",
    material: str = "photo",
) -> TaskSource:
    """Find or build a source of tasks.

    Args:
        tasks: a registered name, ``"folder:PATH"``, ``"pack:PATH"``, a public data set such as
            ``"magicbrush"`` or ``"magicbrush?mirror=PATH"`` (see ``editenv.models.hub.hub_tasks``),
            or a source, which
            is returned as it is.
        split: ``"train"``, ``"validation"``, ``"test"`` or ``"novel"``.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.
        material: of generated scenes: ``"photo"``, ``"emoji"`` or ``"folder:PATH"``.
        on_error: for folders and data sets, ``"raise"`` or ``"skip"`` bad entries.

    Raises:
        ValueError: an unknown name, split, material or ``on_error``; a folder or a data set that
            cannot be read.
        gymnasium.error.DependencyNotInstalled: a data set's library is missing.
    """
    if split not in SPLITS:
        raise ValueError(f"split={split!r} is unknown: choose from {SPLITS}")
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error={on_error!r}: choose 'raise' or 'skip'")
    if not isinstance(material, str):
        raise ValueError(f"material={material!r} must be 'photo', 'emoji' or 'folder:PATH'")
    if not isinstance(tasks, str):
        if implements(tasks, TaskSource):
            return tasks
        raise ValueError(f"tasks={tasks!r} has no sample() and __getitem__()")
    if tasks.startswith(FOLDER_PREFIX):
        path = tasks.removeprefix(FOLDER_PREFIX)
        return FolderTasks(path, image_size=(height, width), split=split, on_error=on_error)
    if tasks.startswith(PACK_PREFIX):
        return PackTasks(tasks.removeprefix(PACK_PREFIX), split, (height, width))
    if tasks.partition("?")[0] in DATA_SETS:
        reader = import_module(DATA_SET_READER)
        return reader.named_tasks(tasks, split=split, image_size=(height, width), on_error=on_error)
    if tasks not in TASK_SOURCES:
        accepted = [
            *sorted(TASK_SOURCES),
            f"{FOLDER_PREFIX}PATH",
            f"{PACK_PREFIX}PATH",
            *sorted(DATA_SETS),
        ]
        raise ValueError(f"tasks={tasks!r} is unknown: choose from {accepted}")
    source = TASK_SOURCES[tasks]
    if isinstance(source, type) and issubclass(source, GeneratedTasks):
        return source(split, height, width, material=material)
    if material != "photo":
        raise ValueError(f"material={material!r}: {tasks!r} draws no scenes of its own")
    return source(split, height, width)
