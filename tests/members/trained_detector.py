"""A tiny OWL-ViT that was taught to find coloured squares, so that its answers can be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from tiny_detectors import PATCH, SIDE, owlvit

THINGS = {"kite": (220, 40, 40), "apple": (40, 190, 60), "cup": (50, 80, 220)}
"""What is called how; the rest of a picture is grey."""


def picture(
    rng: np.random.Generator, height: int = SIDE, width: int = SIDE, names: Any = tuple(THINGS)
) -> tuple[np.ndarray, dict[str, tuple[int, int, int, int]]]:
    """A grey picture with one square of each name, apart, and their boxes."""
    image = rng.integers(110, 140, (height, width, 3)).astype(np.uint8)
    boxes: dict[str, tuple[int, int, int, int]] = {}
    taken = np.zeros((height, width), bool)
    for name in names:
        while True:
            tall, wide = height * rng.uniform(0.25, 0.4), width * rng.uniform(0.25, 0.4)
            left, top = int(rng.uniform(0, width - wide)), int(rng.uniform(0, height - tall))
            right, bottom = left + int(wide), top + int(tall)
            if not taken[top:bottom, left:right].any():
                break
        taken[top:bottom, left:right] = True
        image[top:bottom, left:right] = THINGS[name]
        boxes[name] = (left, top, right, bottom)
    return image, boxes


def save_trained(folder: Path, steps: int = 180, batch: int = 16) -> Path:
    """Teach every patch the name of what it lies in, and the box around it."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    model, processor = owlvit()
    _calm(model)
    names = list(THINGS)
    words = processor(text=[names], return_tensors="pt")
    ids, seen = (words[n].repeat(batch, 1) for n in ("input_ids", "attention_mask"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    drawn = [picture(rng) for _ in range(20 * batch)]
    pictures = processor(images=[image for image, _ in drawn], return_tensors="pt")["pixel_values"]
    inside, boxes = (torch.stack(p) for p in zip(*(_targets(f) for _, f in drawn), strict=True))
    model.train()
    for _ in range(steps):
        rows = torch.from_numpy(rng.integers(len(drawn), size=batch))
        outputs = model(ids, pictures[rows], seen)
        wanted, corners = inside[rows], boxes[rows]
        loss = F.binary_cross_entropy_with_logits(outputs.logits, wanted)
        mine = wanted.any(-1)
        loss = loss + 3 * F.l1_loss(outputs.pred_boxes[mine], corners[mine])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _calm(model: Any) -> None:
    """The heads are drawn from N(0, 1), from which 180 steps learn nothing."""
    with torch.no_grad():
        for head in (model.class_head, model.box_head):
            for name, weight in head.named_parameters():
                weight.mul_(0.0 if "logit" in name else 0.2)
        model.class_head.logit_scale.bias.fill_(8.0)
        model.class_head.logit_shift.bias.fill_(-0.5)


def _targets(found: dict[str, tuple[int, int, int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """By patch: which thing its middle lies in, and that thing's centre and size."""
    grid = SIDE // PATCH
    inside, boxes = torch.zeros(grid * grid, len(THINGS)), torch.zeros(grid * grid, 4)
    for number, name in enumerate(THINGS):
        left, top, right, bottom = found[name]
        box = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
        for row in range(grid):
            for column in range(grid):
                x, y = (column + 0.5) * PATCH, (row + 0.5) * PATCH
                if left < x < right and top < y < bottom:
                    inside[row * grid + column, number] = 1
                    boxes[row * grid + column] = torch.tensor(box) / SIDE
    return inside, boxes
