"""What cameras and compression do to photos: the opposites of the restoration tools."""

from __future__ import annotations

import cv2
import numpy as np

from editenv.imaging.tone import lift_shadows
from editenv.types import Image

NOISE = {"light": 10.0, "strong": 22.0}
IMPULSES = {"light": 0.03, "strong": 0.10}
BLUR = {"light": 0.8, "strong": 1.3}
QUALITY = {"light": 40, "strong": 20}
DARKNESS = {"light": 1.5, "strong": 2.2}
"""By level: standard deviation in grey levels, share of pixels, pixels, JPEG quality, gamma."""


def gaussian_noise(image: Image, level: str, rng: np.random.Generator) -> Image:
    """Add white noise to every channel."""
    noise = rng.normal(0.0, NOISE[level], image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def impulse_noise(image: Image, level: str, rng: np.random.Generator) -> Image:
    """Make single pixels black or white."""
    noisy = image.copy()
    hit = rng.random(image.shape[:2]) < IMPULSES[level]
    noisy[hit] = np.where(rng.random((int(hit.sum()), 1)) < 0.5, 0, 255).astype(np.uint8)
    return noisy


def noise(image: Image, level: str, rng: np.random.Generator) -> Image:
    """Add noise of one kind or the other, by chance: which tool helps must be seen."""
    kind = gaussian_noise if rng.random() < 0.6 else impulse_noise
    return kind(image, level, rng)


def gaussian_blur(image: Image, level: str) -> Image:
    """Blur as a lens out of focus does."""
    return cv2.GaussianBlur(image, (0, 0), BLUR[level])


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
