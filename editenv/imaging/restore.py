"""Taking noise, blur and compression artefacts out of a whole photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.types import Image


def denoise_median(image: Image, size: int) -> Image:
    """Median filter: best against single wrong pixels.

    Args:
        image: (H, W, 3) uint8.
        size: odd side of the window, in pixels.
    """
    return cv2.medianBlur(image, size)


def denoise_nlm(image: Image, strength: float) -> Image:
    """Non-local means (Buades, Coll and Morel, CVPR 2005): best against Gaussian noise.

    Args:
        image: (H, W, 3) uint8.
        strength: filter strength in grey levels, about the noise's standard deviation.
    """
    return _nlm(image.tobytes(), image.shape, strength).copy()


@remembered(2**22)
def _nlm(pixels: bytes, shape: tuple[int, int, int], strength: float) -> Image:
    """Return the filtered picture, read-only.

    Remembered by content: nothing else takes as long, and who makes a task has done what the
    first good step of its episodes does.
    """
    image = np.frombuffer(pixels, np.uint8).reshape(shape)
    filtered = cv2.fastNlMeansDenoisingColored(image, None, strength, strength, 3, 11)
    filtered.setflags(write=False)
    return filtered


def deblur(image: Image, sigma: float, noise: float = 0.02) -> Image:
    """Wiener deconvolution of a Gaussian blur.

    Args:
        image: (H, W, 3) uint8.
        sigma: standard deviation of the blur, in pixels.
        noise: noise-to-signal power ratio, above 0; larger is more careful.
    """
    margin = int(4 * sigma) + 4
    padded = cv2.copyMakeBorder(image, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    height, width = padded.shape[:2]
    gain = _wiener_gain(height, width, sigma, noise)
    spectrum = np.fft.rfft2(padded.astype(np.float32), axes=(0, 1)) * gain[..., None]
    sharp = np.fft.irfft2(spectrum, s=(height, width), axes=(0, 1))
    inner = sharp[margin : height - margin, margin : width - margin]
    return np.clip(np.rint(inner), 0, 255).astype(np.uint8)


@remembered(2**22)
def _wiener_gain(height: int, width: int, sigma: float, noise: float) -> NDArray[np.float64]:
    """Return (height, width // 2 + 1): what each frequency is multiplied by, read-only."""
    rows = np.fft.fftfreq(height)[:, None]
    columns = np.fft.rfftfreq(width)[None, :]
    transfer = np.exp(-2.0 * (np.pi * sigma) ** 2 * (rows**2 + columns**2))
    wiener = transfer / (transfer**2 + noise)
    gain = wiener / wiener[0, 0]
    gain.setflags(write=False)
    return gain


def deblock(image: Image, strength: float) -> Image:
    """Bilateral filter (Tomasi and Manduchi, ICCV 1998): smooths JPEG blocks, keeps edges.

    Args:
        image: (H, W, 3) uint8.
        strength: difference in grey levels that still counts as a block's border.
    """
    return cv2.bilateralFilter(image, 5, strength, 2.0)
