"""A grounder that looks for what the interpreter means with a zero-shot detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from editenv.agents.parser import background_slot
from editenv.agents.roles import Intent, RoundView
from editenv.agents.scripted import preferred_tool
from editenv.answers.subjects import WHOLE_NAMES, find_subject
from editenv.answers.words import Impossible, NameFinder, exact, normal
from editenv.encoders import TextEncoder, make_encoder
from editenv.failure import FailureError
from editenv.imaging.metrics import overlap
from editenv.models.grounders.detector import DetectorGrounder, make_detector_grounder
from editenv.models.grounders.mentions import Mention, find_mentions
from editenv.types import BACKGROUND, Region
from editenv.workspace import Workspace

LEAST_OVERLAP = 0.1
"""Intersection over union with a detection from which a slot's region may be the thing."""


class DetectingGrounder:
    """Takes the slot whose region overlaps most with what the detector finds.

    It looks in the canvas for the first thing that the intent's subject names, be it a name or a
    clause. Of several finds the attributes before the name decide (``"left kite"``), or else the
    detector's certainty. The labels of the regions are not read, but that of the background. Where
    nothing is found, or no region is there, it takes an empty slot if there is one, so that the
    round changes nothing; the whole image is taken only where it is meant.

    Args:
        detector: finds things; a folder, or a ``DetectorGrounder``, whose ``labels`` are not used.
        encoder: tells how near two names are.

    Raises:
        ValueError: no such detector.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing.
    """

    def __init__(
        self, detector: str | DetectorGrounder, *, encoder: str | TextEncoder = "static"
    ) -> None:
        self._detector = DetectorGrounder(detector) if isinstance(detector, str) else detector
        self._names = NameFinder(make_encoder(encoder))

    def reset(self, workspace: Workspace) -> None:
        """Nothing to forget."""

    def ground(self, view: RoundView) -> int:
        """Return the slot.

        Raises:
            FailureError: the detector fails.
        """
        intent = view.intent
        if intent is None or _means_whole(intent, view):
            return 0
        if intent.action == BACKGROUND or exact(intent.subject, [BACKGROUND]):
            slot = background_slot(view.regions)
            return _nowhere(view.regions) if slot is None else slot
        mentions = find_mentions(intent.subject)
        mention = mentions[0] if mentions else Mention(normal(intent.subject))
        found = self._find(mention, view)
        return _nowhere(view.regions) if found is None else _slot_of(found, view.regions)

    def _find(self, mention: Mention, view: RoundView) -> Region | None:
        try:
            found = self._detector.find(view.canvas, [mention.name])
        except FailureError as error:
            raise FailureError(replace(error.failure, component="agent:grounder")) from error
        if not found:
            return None
        regions = (Region.whole(*view.canvas.shape[:2]), *found)
        try:
            return regions[find_subject(mention.words, regions, view.canvas, self._names)]
        except Impossible:
            return found[0]

    def close(self) -> None:
        """Give the detector's weights up; the last one to do so frees them."""
        self._detector.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> DetectingGrounder:
        """It has no memory of an episode, so copies share it."""
        return self


def _means_whole(intent: Intent, view: RoundView) -> bool:
    tool = preferred_tool(intent.action, view)
    if tool is not None and tool.target == "image":
        return True
    return exact(intent.subject.removeprefix("the "), WHOLE_NAMES) is not None


def _slot_of(found: Region, regions: Sequence[Region | None]) -> int:
    shares = [
        overlap(region.mask, found.mask) if slot and region is not None else 0.0
        for slot, region in enumerate(regions)
    ]
    best = max(range(len(shares)), key=shares.__getitem__)
    return best if shares[best] >= LEAST_OVERLAP else _nowhere(regions)


def _nowhere(regions: Sequence[Region | None]) -> int:
    """An empty slot, on which no tool works; the whole image where all are taken."""
    return next((slot for slot, region in enumerate(regions) if region is None), 0)


def make_detecting_member(where: str, role: str) -> DetectingGrounder:
    """Build a grounder from what comes after ``"detector:"``.

    Args:
        where: as in ``make_detector_grounder``.
        role: ``"grounder"``.

    Raises:
        ValueError: another role, or as ``DetectorGrounder``.
    """
    if role != "grounder":
        raise ValueError(f"role={role!r} is not played by a detector: 'grounder' is")
    return DetectingGrounder(make_detector_grounder(where))
