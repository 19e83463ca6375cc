"""How regions follow an edit, as a perfect tracker would."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from editenv.tools.base import Edited, Tool
from editenv.types import BACKGROUND, Mask, Region, ToolCall, mask_box


def regions_after(
    regions: tuple[Region | None, ...], tool: Tool, call: ToolCall, edited: Edited
) -> tuple[Region | None, ...]:
    """Follow the regions through an edit, as a perfect tracker would."""
    slots = list(regions)
    target = slots[call.region]
    assert target is not None
    if edited.warp is not None:
        warp = edited.warp
        moved = (region and _moved(region, warp(region.mask)) for region in slots[1:])
        return (slots[0], *moved)
    added = tool.adds(call.option)
    if added is not None:
        _cover(slots, edited.mask, freed=None, keep=None)
        named = any(region.label for region in slots[1:] if region is not None)
        _put_in_free_slot(slots, Region.from_mask(added if named else "", edited.mask))
    elif edited.mask is target.mask:
        slots[call.region] = _relabelled(target, tool, call)
    else:
        _cover(slots, edited.mask, freed=target.mask, keep=call.region)
        slots[call.region] = _moved(_relabelled(target, tool, call), edited.mask)
    return tuple(slots)


def _relabelled(region: Region, tool: Tool, call: ToolCall) -> Region:
    """What the region is called after the edit; what has no name gets none."""
    if not region.label:
        return region
    return replace(region, label=tool.relabel(region.label, call.option))


def _cover(slots: list[Region | None], mask: Mask, *, freed: Mask | None, keep: int | None) -> None:
    """Take the pixels now hidden by ``mask`` from the other regions; the background grows back."""
    visible = 255 - mask
    for slot in range(1, len(slots)):
        region = slots[slot]
        if region is None or slot == keep:
            continue
        own = region.mask
        if freed is not None and (region.backdrop or region.label == BACKGROUND):
            own = np.maximum(own, freed)
        slots[slot] = _moved(region, np.minimum(own, visible))


def _put_in_free_slot(slots: list[Region | None], region: Region) -> None:
    """Where every slot is taken the new object gets none: the grounder's list is of fixed size."""
    if None in slots:
        slots[slots.index(None)] = region


def _moved(region: Region, mask: Mask) -> Region | None:
    moved = replace(region, mask=mask, box=mask_box(mask))
    return None if moved.box == (0, 0, 0, 0) else moved
