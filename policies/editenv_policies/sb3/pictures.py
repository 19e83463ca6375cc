"""How the coordinator sees a picture: a small CNN, its tones and faults, and each region."""

from __future__ import annotations

from hashlib import sha1

import numpy as np
import torch
from cachetools import LRUCache
from torch import Tensor, nn
from torch.nn import functional

SMALL = 64
"""Side, in pixels, to which larger pictures are averaged down before anything is learnt from them.

Faults such as noise and blocks are measured before, on every pixel."""

GRID = 8
"""A region is looked at in so many rows and columns."""

BLOCK = 8
"""Side of a JPEG block in pixels."""

TONES = tuple((step + 0.5) / 16 for step in range(16))
COLOURFULNESS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7)
ROUGHNESS = (0.004, 0.012, 0.035, 0.1)

AT_ONCE = 8
"""Pictures that are measured together: their pixels stay in the processor's cache."""

STATISTICS = len(TONES) + len(COLOURFULNESS) + len(ROUGHNESS) + 9 + 7 + 2 * BLOCK
"""How many numbers ``statistics`` gives."""


class PictureEncoder(nn.Module):
    """Sees a picture as a whole.

    Args:
        size: (H, W) of the pictures.
        width: of the vector.
    """

    def __init__(self, size: tuple[int, int], width: int) -> None:
        super().__init__()
        self.shrink = max(1, round(min(size) / SMALL))
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 16, 8, stride=4, padding=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
        )
        self.measure = nn.Sequential(
            nn.Linear(STATISTICS, width), nn.GELU(), nn.Linear(width, width)
        )
        self.project = nn.Linear(32 * 16, width)

    @torch.no_grad()
    def prepare(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Do the work that depends on no weight, so that a trainer can do it once.

        Args:
            picture: (N, 3, H, W) float in [0, 1].

        Returns:
            The shrunk pictures, (N, 3, h, w), in steps of 1 / 255, and their ``statistics``.
        """
        small = functional.avg_pool2d(picture, self.shrink) if self.shrink > 1 else picture
        # Means of few pixels are often half a level: there the last bit of a sum, which is another
        # one in another batch, must not decide.
        levels = small.mul(255.0).add(15 / 32).floor()
        return levels.div(255.0), statistics(picture, small)

    def forward(self, small: Tensor, numbers: Tensor) -> Tensor:
        """Encode the result of ``prepare``: (N, width)."""
        return self.project(self.convolutions(small)) + self.measure(numbers)


class PreparedPictures:
    """Caches the results of ``PictureEncoder.prepare`` for the latest pictures, by their pixels.

    An on-policy learner reads each picture several times, and most of the time went into measuring
    it again.

    Args:
        encoder: the encoder whose results are cached.
        most: the most pictures that are kept.
        alone: measure each separately: slower, but the same to the last bit in any batch.
    """

    def __init__(self, encoder: PictureEncoder, most: int = 4096, alone: bool = False) -> None:
        self._prepare, self._alone = encoder.prepare, alone
        self._kept: LRUCache[bytes, tuple[Tensor, Tensor]] = LRUCache(most)

    def __call__(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Prepare (N, 3, H, W) uint8 pictures."""
        if self._alone:
            # Turned pictures lie otherwise in memory, and would differ in the last bit.
            pictures = pictures.contiguous()
        keys = [sha1(p).digest() for p in np.ascontiguousarray(pictures.cpu().numpy())]
        new = [row for row, key in enumerate(keys) if key not in self._kept]
        found: dict[bytes, tuple[Tensor, Tensor]] = {}
        if new:
            parts = pictures[new].float().div(255.0).split(1 if self._alone else len(new))
            small, numbers = map(torch.cat, zip(*map(self._prepare, parts), strict=True))
            small = small.mul(255.0).round().to(torch.uint8)
            found = {keys[row]: (small[at], numbers[at]) for at, row in enumerate(new)}
        rows = [found.get(key) or self._kept[key] for key in keys]
        self._kept.update(found)
        small = torch.stack([row[0] for row in rows]).float().div(255.0)
        return small, torch.stack([row[1] for row in rows])


class RegionLooks(nn.Module):
    """Sees what is inside each region's box.

    Args:
        width: of the vectors.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * GRID * GRID + 12, width), nn.GELU(), nn.Linear(width, width)
        )

    def forward(self, small: Tensor, boxes: Tensor) -> Tensor:
        """Look into the boxes.

        Args:
            small: (N, 3, h, w) float.
            boxes: (N, R, 4): left, top, right, bottom, in [0, 1].

        Returns:
            (N, R, width).
        """
        with torch.no_grad():
            seen = sample_boxes(small, boxes)
            mean = seen.mean(3)
            # By hand: PyTorch's own is several times slower.
            spread = (seen - mean.unsqueeze(3)).square().sum(3).div(GRID * GRID - 1).sqrt()
            whole = small.flatten(2).mean(2).unsqueeze(1)
            contrast = torch.cat([mean, spread, mean - whole, mean.square()], dim=2)
        return self.layers(torch.cat([seen.flatten(2) - 0.5, 4.0 * contrast], dim=2))


def sample_boxes(small: Tensor, boxes: Tensor) -> Tensor:
    """Read a grid of pixels inside each box: (N, R, 3, GRID * GRID)."""
    steps = (torch.arange(GRID, device=boxes.device) + 0.5) / GRID
    left, top, right, bottom = (boxes[..., side, None] for side in range(4))
    across = 2.0 * (left + (right - left) * steps) - 1.0
    down = 2.0 * (top + (bottom - top) * steps) - 1.0
    count, slots = boxes.shape[:2]
    shape = (count, slots, GRID, GRID)
    grid = torch.stack([across[:, :, None].expand(shape), down[..., None].expand(shape)], dim=4)
    read = functional.grid_sample(small, grid.flatten(1, 2), align_corners=False)
    return read.unflatten(2, (slots, GRID)).transpose(1, 2).flatten(3)


def statistics(picture: Tensor, small: Tensor) -> Tensor:
    """Measure tones, colours, sharpness, noise and blocks: (N, STATISTICS), each of about 1.

    Args:
        picture: (N, 3, H, W) float in [0, 1].
        small: the same, downsampled by averaging.
    """
    pairs = zip(picture.split(AT_ONCE), small.split(AT_ONCE), strict=True)
    return torch.cat([_measure(*pair) for pair in pairs])


def _measure(picture: Tensor, small: Tensor) -> Tensor:
    coarse = functional.avg_pool2d(small, 2)
    sizes = _faults(picture.mean(1), picture[:, 0] - picture[:, 2])
    for scale in (small.mean(1), coarse.mean(1)):
        sizes.append(torch.stack([_edges(scale, 1).mean(1), _edges(scale, 2).mean(1)], dim=1))
    return torch.cat([_tones(coarse, coarse.mean(1)), _magnitude(torch.cat(sizes, dim=1))], dim=1)


def _magnitude(small: Tensor) -> Tensor:
    """Bring numbers from 0.001 to 1 into a range that a network likes."""
    return torch.log10(small + 1e-3) + 2.0


def _share_below(values: Tensor, limits: tuple[float, ...]) -> Tensor:
    """The cumulative histogram of (N, ...) at the limits: (N, len(limits))."""
    flat = values.flatten(1)
    counts = [torch.count_nonzero(flat < limit, dim=1) for limit in limits]
    return torch.stack(counts, dim=1) / flat.shape[1]


def _tones(small: Tensor, light: Tensor) -> Tensor:
    pixels = small.flatten(2)
    colourful = small.amax(1) - small.amin(1)
    bright = light.flatten(1).square()
    # What should be white is among the bright pixels: a colour cast shows there.
    white = (pixels @ bright.unsqueeze(2)).squeeze(2) / (bright.sum(1, keepdim=True) + 1e-6)
    mean = pixels.mean(2)
    spread = pixels.square().mean(2) - mean.square()
    return torch.cat(
        [
            _share_below(light, TONES),
            _share_below(colourful, COLOURFULNESS),
            4.0 * (mean - 0.5),
            8.0 * spread.clamp(min=0.0).sqrt(),
            8.0 * (white - white.mean(1, keepdim=True)),
        ],
        dim=1,
    )


def _faults(light: Tensor, tint: Tensor) -> list[Tensor]:
    """Steps by their place in a block, across and down, how rough the picture is, in grey and tint.

    Every other row, or column, tells enough of a whole picture.
    """
    steps = light[:, ::2].diff(dim=2).abs()
    rough = _laplacian(light)
    ends = [steps.amax((1, 2)), rough.mean((1, 2)), _laplacian(tint).mean((1, 2))]
    return [
        _by_phase(steps.mean(1)),
        _by_phase(_edges(light, 1)),
        _share_below(rough, ROUGHNESS),
        torch.stack(ends, dim=1),
    ]


def _edges(light: Tensor, axis: int) -> Tensor:
    """Mean step between neighbours along an axis of (N, H, W): (N, H - 1) or (N, W - 1)."""
    return light.diff(dim=axis).abs().mean(3 - axis)


def _by_phase(steps: Tensor) -> Tensor:
    """(N, W - 1) to (N, BLOCK): blocks show as larger steps in the last column."""
    return torch.stack([steps[:, phase::BLOCK].mean(1) for phase in range(BLOCK)], dim=1)


def _laplacian(light: Tensor) -> Tensor:
    """|second difference across, of the second difference down|: noise, hardly any edges."""
    rows = light[:, 2::2] - 2.0 * light[:, 1:-1:2] + light[:, :-2:2]
    return (rows[:, :, 2:] - 2.0 * rows[:, :, 1:-1] + rows[:, :, :-2]).abs_()
