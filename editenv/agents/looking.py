"""A member that looks at the picture where names alone don't tell what is right."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.agents.roles import RoundView
from editenv.agents.scripted import ScriptedSelector
from editenv.types import Image
from editenv.workspace import Workspace

GRAIN, IMPULSES = "denoise_guided", "denoise_median"
"""The denoiser for grain all over, and the one for single wrong pixels."""

STICKS_OUT = 8.0
"""From this many times the usual difference to its neighbours on, a pixel is a wrong one.
``docs/text.md`` has the success on Restore tasks."""


class LookingSelector:
    """The scripted selector, but for noise: there it takes the denoiser for the kind that it sees.

    To a user both kinds are noise, so no instruction tells which tool is meant.
    """

    def __init__(self) -> None:
        self._scripted = ScriptedSelector()

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def select(self, view: RoundView) -> str | None:
        """Return the tool's name."""
        name = self._scripted.select(view)
        if name != GRAIN or IMPULSES not in view.tools:
            return name
        return IMPULSES if has_impulses(view.canvas) else GRAIN


def has_impulses(picture: Image) -> bool:
    """Whether one pixel in a hundred of an (H, W, 3) uint8 picture sticks out of its neighbours."""
    difference = cv2.absdiff(picture, cv2.medianBlur(picture, 3)).max(axis=2)
    usual, worst = np.percentile(difference, (50, 99))
    return bool(worst > STICKS_OUT * (usual + 3.0))
