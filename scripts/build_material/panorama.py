"""Turns HDR panoramas into ordinary photographs: tone mapping and perspective views."""

from __future__ import annotations

import base64
import math
import re
import tempfile
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
from numpy.typing import NDArray

MIDDLE_TONE = 0.30
HIGHLIGHT = 6.0
SHOULDER = 0.55


def read_panorama(path: Path, tone: float = MIDDLE_TONE) -> NDArray[np.uint8]:
    """Read an ``.exr`` file, or one packed as base64 in a ``.js`` file, as (h, w, 3) uint8 sRGB.

    Args:
        path: the file.
        tone: the linear brightness that the picture's median is exposed to.
    """
    if path.suffix == ".js":
        packed = re.search(r"base64,([A-Za-z0-9+/=]+)", path.read_text()).group(1)
        with tempfile.NamedTemporaryFile(suffix=".exr") as file:
            file.write(base64.b64decode(packed))
            file.flush()
            return tone_map(_read_exr(file.name), tone)
    return tone_map(_read_exr(str(path)), tone)


def _read_exr(path: str) -> NDArray[np.float32]:
    pixels = OpenEXR.File(path).channels()["RGB"].pixels
    return np.nan_to_num(pixels.astype(np.float32), posinf=100.0).clip(0, 100)


def tone_map(linear: NDArray[np.float32], tone: float) -> NDArray[np.uint8]:
    """Expose for the middle of the picture and roll the highlights off."""
    middle = linear[linear.shape[0] // 4 : linear.shape[0] * 3 // 4]
    exposed = linear * (tone / max(float(np.median(middle.mean(-1))), 1e-6))
    exposed = _without_ringing(exposed)
    toned = exposed * (1 + exposed * 0.05) / (1 + exposed * SHOULDER)
    return (toned.clip(0, 1) ** (1 / 2.2) * 255).round().astype(np.uint8)


def _without_ringing(exposed: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill the dark rings that EXR's lossy compression leaves around lamps and suns."""
    square = np.ones((7, 7), np.uint8)
    glare = (exposed.max(-1) > HIGHLIGHT).astype(np.uint8)
    near = cv2.dilate(glare, square)[..., None] > 0
    filled = cv2.morphologyEx(exposed, cv2.MORPH_CLOSE, square)
    # A sun can be stored as pure blue: beyond white only the brightness counts.
    filled = np.where(glare[..., None] > 0, filled.max(-1, keepdims=True), filled)
    return np.where(near, filled, exposed).clip(0, None)


def view(panorama: NDArray[np.uint8], yaw: float, pitch: float, fov: float, side: int):
    """Look into an equirectangular panorama.

    Args:
        panorama: (h, w, 3) uint8.
        yaw: direction in degrees, 0 is the middle of the panorama.
        pitch: degrees above the horizon; negative looks down.
        fov: field of view in degrees.
        side: side of the square result.

    Returns:
        The (side, side, 3) uint8 view and the row of the horizon as a share of its height.
    """
    height, width = panorama.shape[:2]
    half = math.tan(math.radians(fov) / 2)
    axis = (np.arange(side) + 0.5) / side * 2 - 1
    right, down = np.meshgrid(axis * half, axis * half)
    tilt = math.radians(pitch)
    up = -down * math.cos(tilt) + math.sin(tilt)
    forward = down * math.sin(tilt) + math.cos(tilt)
    longitude = np.arctan2(right, forward) + math.radians(yaw)
    latitude = np.arctan2(up, np.hypot(right, forward))
    columns = (longitude / (2 * math.pi) + 0.5) % 1 * width - 0.5
    rows = (0.5 - latitude / math.pi) * height - 0.5
    picture = cv2.remap(
        panorama,
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_WRAP,
    )
    return picture, 0.5 + 0.5 * math.tan(tilt) / half
