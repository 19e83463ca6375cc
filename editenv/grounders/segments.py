# pyright: basic
"""Objects from pixels: superpixels, saliency from the border, ranking by closed outlines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.types import Image, Mask

_SIDE = 64
"""Side of a square as large as the analysed picture: larger was slower and found little more."""
_SCALES = (5, 40)
"""Coarseness of the superpixels; two scales found more than any one."""
_LEVELS = (6.0, 12.0, 20.0, 30.0, 45.0)
"""Saliency levels (units of CIELAB) whose connected components are candidates."""
_AREA = (0.006, 0.35)
"""Smallest and largest share of the picture that counts as an object."""
_SAME_COLOUR = 6.0
"""Steps between neighbouring superpixels below this are lighting or texture."""
_WEAK_EDGE, _STRONG_EDGE = 4.0, 40.0
_LOWEST_RANK = 1.0


def find_objects(image: Image, count: int) -> list[tuple[Mask, float]]:
    """Return up to ``count`` object-like masks that barely overlap, the most object-like first.

    Args:
        image: (H, W, 3) uint8.
        count: how many at most, 0 or more.

    Returns:
        Pairs of a soft (H, W) uint8 mask and a score in (0, 1), which orders masks but is no
        probability.
    """
    if count < 1:
        return []
    # Like SciPy below: slow to import, and many programs that import this look for nothing.
    from skimage.segmentation import felzenszwalb

    height, width = image.shape[:2]
    lab = _analysed(image)
    edges = _edge_strength(lab)
    candidates: dict[bytes, NDArray[np.bool_]] = {}
    for scale in _SCALES:
        segments = felzenszwalb(lab / 255, scale=scale, sigma=0.7, min_size=12)
        candidates |= _candidates(_saliency(segments, lab))
    ranked = [(_rank(mask, edges), mask) for mask in candidates.values()]
    ranked = sorted((pair for pair in ranked if pair[0] >= _LOWEST_RANK), key=lambda p: -p[0])
    kept: list[tuple[Mask, float]] = []
    for rank, mask in _apart(ranked)[:count]:
        full = cv2.resize(mask.astype(np.uint8) * 255, (width, height))
        kept.append((np.asarray(full, np.uint8), rank / (1 + rank)))
    return [(mask, score) for mask, score in kept if (mask > 127).any()]


def _analysed(image: Image) -> NDArray[np.float32]:
    """Return the picture as float CIELAB with about `_SIDE` x `_SIDE` pixels."""
    height, width = image.shape[:2]
    factor = _SIDE / (height * width) ** 0.5
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = cv2.resize(image, size, interpolation=how).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)


def _saliency(segments: NDArray[np.int64], lab: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (h, w): the cheapest sum of colour steps from each superpixel to the border."""
    from scipy import sparse
    from scipy.sparse import csgraph

    count = int(segments.max()) + 1
    flat = segments.ravel()
    size = np.bincount(flat, minlength=count)
    mean = np.stack([np.bincount(flat, lab[..., c].ravel(), count) / size for c in range(3)], 1)
    across = np.stack([segments[:, :-1].ravel(), segments[:, 1:].ravel()], 1)
    down = np.stack([segments[:-1].ravel(), segments[1:].ravel()], 1)
    pairs = np.unique(np.sort(np.concatenate([across, down]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    step = np.linalg.norm(mean[pairs[:, 0]] - mean[pairs[:, 1]], axis=1)
    border = np.unique(np.concatenate([segments[0], segments[-1], segments[:, 0], segments[:, -1]]))
    # One more node, count, stands for all that lies outside; a weight of 0 would mean no edge.
    start = np.concatenate([pairs[:, 0], np.full(len(border), count)])
    stop = np.concatenate([pairs[:, 1], border])
    weight = np.concatenate([np.maximum(step - _SAME_COLOUR, 1e-3), np.full(len(border), 1e-3)])
    graph = sparse.coo_matrix((weight, (start, stop)), shape=(count + 1, count + 1)).tocsr()
    distance = csgraph.dijkstra(graph, directed=False, indices=count)[:count]
    return distance[segments]


def _candidates(saliency: NDArray[np.float64]) -> dict[bytes, NDArray[np.bool_]]:
    """Return the connected components above each level of saliency, holes filled, by content."""
    from scipy import ndimage

    found: dict[bytes, NDArray[np.bool_]] = {}
    for level in _LEVELS:
        above = (saliency > level).astype(np.uint8)
        count, labels = cv2.connectedComponents(above, connectivity=4)
        for index in range(1, count):
            mask = np.asarray(ndimage.binary_fill_holes(labels == index), np.bool_)
            if _AREA[0] < mask.mean() < _AREA[1]:
                found.setdefault(mask.tobytes(), mask)
    return found


def _edge_strength(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (h, w) colour gradients, spread by a pixel because outlines may be off by one."""
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.0)
    across = np.linalg.norm(cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 4, axis=-1)
    down = np.linalg.norm(cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 4, axis=-1)
    return np.asarray(cv2.dilate(np.hypot(across, down), np.ones((3, 3), np.uint8)), np.float32)


def _rank(mask: NDArray[np.bool_], edges: NDArray[np.float32]) -> float:
    """Rank a mask: a strong edge all around, few dents, a compact shape, a good size."""
    binary = mask.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    along = edges[cv2.morphologyEx(binary, cv2.MORPH_GRADIENT, kernel) > 0]
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    area = float(np.count_nonzero(mask))
    hull = cv2.contourArea(cv2.convexHull(np.vstack(contours))) + 1
    perimeter = sum(cv2.arcLength(contour, True) for contour in contours) + 1
    strength = float(np.minimum(along, _STRONG_EDGE).mean())
    closed = 1 - float((along < _WEAK_EDGE).mean())
    solid = min(1.0, area / hull)
    compact = 4 * np.pi * area / perimeter**2
    return float(strength * closed**2 * solid**0.5 * compact**0.25 * (area / mask.size) ** 0.2)


def _apart(
    ranked: list[tuple[float, NDArray[np.bool_]]],
) -> list[tuple[float, NDArray[np.bool_]]]:
    """Drop every mask that shares 30 % of the smaller one with a better ranked one."""
    kept: list[tuple[float, NDArray[np.bool_]]] = []
    for rank, mask in ranked:
        area = np.count_nonzero(mask)
        shared = (np.count_nonzero(mask & k) / min(area, np.count_nonzero(k)) for _, k in kept)
        if all(share < 0.3 for share in shared):
            kept.append((rank, mask))
    return kept
