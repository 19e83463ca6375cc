"""Taking noise, blur and compression artefacts out of a whole photo."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.caching import remembered
from editenv.types import Image

USUAL_SIDE = 128
"""Blurs are given in pixels of a picture of this side, and grow with larger ones."""

OPPONENT = np.array(
    [[3**-0.5] * 3, [2**-0.5, 0.0, -(2**-0.5)], [6**-0.5, -2 * 6**-0.5, 6**-0.5]], np.float32
)
"""(3, 3): red, green and blue to lightness and two colour differences; its inverse is its
transpose, so white noise stays white and equally strong."""

SHIFTS = ((0, 0), (4, 8), (8, 12), (12, 4), (2, 6), (6, 14), (10, 2), (14, 10))
"""(down, right) in pixels; every row and column of a block of 16 gets another border."""


def pixels_of(sigma: float, image: Image) -> float:
    """Return a blur's standard deviation in pixels of an (H, W, 3) picture."""
    return sigma * max(min(image.shape[:2]) / USUAL_SIDE, 1.0)


def denoise_median(image: Image, size: int) -> Image:
    """Median filter: best against single wrong pixels.

    Args:
        image: (H, W, 3) uint8.
        size: odd side of the window, in pixels.
    """
    return cv2.medianBlur(image, size)


def denoise_guided(image: Image, noise: float, radius: int = 2) -> Image:
    """Guided filter with the picture as its own guide (He, Sun and Tang, ECCV 2010).

    Best against grain all over. Lightness and colours are filtered apart: where the noise is, they
    vary independently, where the picture is, they do not.

    Args:
        image: (H, W, 3) uint8.
        noise: standard deviation of the noise in grey levels; what varies less is smoothed.
        radius: of the windows, in pixels.
    """
    size = (2 * radius + 1, 2 * radius + 1)
    picture = cv2.transform(image.astype(np.float32), OPPONENT)
    mean = cv2.blur(picture, size)
    variance = np.maximum(cv2.blur(picture * picture, size) - mean * mean, 1e-6)
    slope = np.maximum(1.0 - (1.2 * noise) ** 2 / variance, 0.0)
    offset = cv2.blur(mean - slope * mean, size)
    smooth = cv2.blur(slope, size) * picture + offset
    back = cv2.transform(smooth, np.ascontiguousarray(OPPONENT.T))
    return _to_bytes(np.asarray(back, np.float32))


def deblur(image: Image, sigma: float, noise: float = 0.01) -> Image:
    """Wiener deconvolution of a Gaussian blur.

    Args:
        image: (H, W, 3) uint8.
        sigma: standard deviation of the blur, in pixels of a picture with a side of 128.
        noise: noise-to-signal power ratio, above 0; larger is more careful.
    """
    sigma = pixels_of(sigma, image)
    height, width = image.shape[:2]
    margin = int(4 * sigma) + 4
    tall, wide = (cv2.getOptimalDFTSize(side + 2 * margin) for side in (height, width))
    padded = cv2.copyMakeBorder(
        image, margin, tall - height - margin, margin, wide - width - margin, cv2.BORDER_REFLECT_101
    )
    channels = np.ascontiguousarray(padded.transpose(2, 0, 1), np.float32)
    spectrum = np.fft.rfft2(channels) * _wiener_gain(tall, wide, sigma, noise)
    sharp = np.fft.irfft2(spectrum, s=(tall, wide))
    inner = sharp[:, margin : margin + height, margin : margin + width]
    return np.ascontiguousarray(_to_bytes(inner).transpose(1, 2, 0))


@remembered(2**22)
def _wiener_gain(height: int, width: int, sigma: float, noise: float) -> NDArray[np.float32]:
    """Return (height, width // 2 + 1): what each frequency is multiplied by, read-only."""
    rows = np.fft.fftfreq(height)[:, None]
    columns = np.fft.rfftfreq(width)[None, :]
    transfer = np.exp(-2.0 * (np.pi * sigma) ** 2 * (rows**2 + columns**2))
    wiener = transfer / (transfer**2 + noise)
    gain = (wiener / wiener[0, 0]).astype(np.float32)
    gain.setflags(write=False)
    return gain


def deblock(image: Image, quality: int) -> Image:
    """Re-apply JPEG to shifted copies and average (Nosratinia, J. VLSI Signal Processing 2001).

    Every copy has its blocks elsewhere, so that their borders go in the mean, and all of them
    agree on what the compression has left of the picture. A guided filter takes out the rest.

    Args:
        image: (H, W, 3) uint8.
        quality: 1 to 100, of the compression that is to be undone; a lower one smooths more.
    """
    height, width = image.shape[:2]
    padded = cv2.copyMakeBorder(image, 16, 16, 16, 16, cv2.BORDER_REFLECT_101)
    padded = cv2.cvtColor(padded, cv2.COLOR_RGB2BGR)
    total = np.zeros(image.shape, np.float32)
    for down, right in SHIFTS:
        part = padded[down : down + height + 16, right : right + width + 16]
        _, coded = cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, quality])
        again = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        assert again is not None
        cv2.accumulate(again[16 - down :, 16 - right :][:height, :width], total)
    smooth = cv2.cvtColor(_to_bytes(total / len(SHIFTS)), cv2.COLOR_BGR2RGB)
    return denoise_guided(smooth, 60.0 / quality, radius=4)


def _to_bytes(picture: NDArray[np.floating]) -> Image:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
