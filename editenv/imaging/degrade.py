"""What lenses, cameras and bad copies do to photos: the opposites of the restoration tools.

Every fault has three levels, far enough apart to be told from each other by looking.
"""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging.restore import pixels_of
from editenv.imaging.tone import lift_shadows
from editenv.types import Image

NOISE = {"light": 8.0, "medium": 18.0, "strong": 36.0}
IMPULSES = {"light": 0.05, "medium": 0.22, "strong": 0.45}
BLUR = {"light": 0.8, "medium": 1.4, "strong": 2.4}
QUALITY = {"light": 24, "medium": 11, "strong": 5}
DARKNESS = {"light": 1.5, "medium": 2.2, "strong": 3.2}
"""By level: standard deviation in grey levels, share of pixels, pixels at 128, JPEG quality, gamma.
"""


def gaussian_noise(image: Image, level: str, rng: np.random.Generator) -> Image:
    """Add white noise to every channel."""
    noise = rng.standard_normal(image.shape, np.float32)
    noise *= NOISE[level]
    noise += image
    return np.clip(np.rint(noise), 0, 255).astype(np.uint8)


def impulse_noise(image: Image, level: str, rng: np.random.Generator) -> Image:
    """Make single pixels black or white."""
    noisy = image.copy()
    chance = rng.random(image.shape[:2], np.float32)
    noisy[chance < IMPULSES[level]] = 255
    noisy[chance < IMPULSES[level] / 2] = 0
    return noisy


def gaussian_blur(image: Image, level: str) -> Image:
    """Blur as a lens out of focus does, by as much of the picture at every size above 128."""
    return cv2.GaussianBlur(image, (0, 0), pixels_of(BLUR[level], image))


def jpeg(image: Image, level: str) -> Image:
    """Compress and decompress."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY[level]]
    _, coded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)


def darken(image: Image, level: str) -> Image:
    """Photograph in too little light."""
    return lift_shadows(image, DARKNESS[level])
