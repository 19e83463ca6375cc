"""Train the image encoder of regions and write ``editenv/encoders/data/crops.onnx``.

    python scripts/train_image_encoder.py

Scenes of the train split are painted, edited and proposed on; each proposal's crop learns to lie
where the words for it lie in the space of the static text encoder. About three minutes on one idle
core; deterministic by ``--seed`` on one machine. ``docs/perception.md`` has the figures.
"""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from editenv_policies.arguments import Parser, at_least, new_file, run_main
from editenv_policies.small_vlm.scenes import cast_with_emoji
from numpy.typing import NDArray
from perception_data import Example, Painter
from torch import Tensor, nn
from torch.nn import functional

from editenv.encoders import crops as encoder
from editenv.encoders.static import StaticTextEncoder
from editenv.imaging.colour import COLOURS
from editenv.material import load_cutouts
from editenv.types import BACKGROUND

MODEL = Path(encoder.__file__).parent / "data" / "crops.onnx"
MOST_TEXTS = 3
"""An example has at most this many texts."""

KIND_SHARES = {
    "object": 0.62, "part": 0.13, "pair": 0.08, "piece": 0.09, "background": 0.05, "whole": 0.03,
}  # fmt: skip
"""How often each kind is drawn, whatever its number in the data."""


class CropNet(nn.Module):
    """Three plain and two depthwise separable convolutions.

    Depthwise ones pay only where the picture is small: elsewhere they wait for memory.
    """

    def __init__(self, dimension: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _convolution(4, 24, 3, stride=2),
            _convolution(24, 64, 3, stride=2),
            _convolution(64, 128, 3, stride=2),
            _separable(128, 256),
            _separable(256, 256),
        )
        self.head = nn.Linear(512, dimension)

    def forward(self, crops: Tensor) -> Tensor:
        """Map (N, S, S, 4), 0 to 255, to (N, D) float32 of length 1."""
        x = self.layers(crops.float().permute(0, 3, 1, 2) / 127.5 - 1.0)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1)
        return functional.normalize(self.head(pooled).float(), dim=1)


def _convolution(
    fan_in: int, fan_out: int, side: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(fan_in, fan_out, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(fan_out),
        nn.ReLU(inplace=True),
    )


def _separable(fan_in: int, fan_out: int) -> nn.Module:
    depthwise = _convolution(fan_in, fan_in, 3, groups=fan_in)
    return nn.Sequential(depthwise, _convolution(fan_in, fan_out, 1))


@dataclass
class Data:
    """All examples as tensors.

    Attributes:
        crops: (N, S, S, 4) uint8: colours and mask.
        texts: (N, MOST_TEXTS) int64, numbers of phrases; the first repeated where there are fewer.
        phrases: (P, D) float32, the vector of each phrase.
        answers: (N,) int64, the row of ``bank`` that is right; -1 for pairs.
        bank: (B, D) float32: whole names, parts of them, background, whole picture.
        colours: (N,) int64, index in ``COLOURS``; -1 unless an object.
        weights: (N,) float64, chance of being drawn.
        names: of the objects, sorted.
    """

    crops: Tensor
    texts: Tensor
    phrases: Tensor
    answers: Tensor
    bank: Tensor
    colours: Tensor
    weights: NDArray[np.float64]
    names: tuple[str, ...]


def paint(scenes: int, seed: int) -> list[Example]:
    """Paint scenes of the train split."""
    painter = Painter("train", np.random.default_rng(seed), cast=cast_with_emoji())
    return [example for _ in range(scenes) for example in painter.examples()]


def to_data(examples: Sequence[Example]) -> Data:
    """Number the phrases and stack the crops."""
    numbers: dict[str, int] = {}
    texts = []
    for example in examples:
        said = [numbers.setdefault(text, len(numbers)) for text in example.texts]
        texts.append((said + [said[0]] * MOST_TEXTS)[:MOST_TEXTS])
    known = {sprite.name for sprite in load_cutouts("train")}
    names = tuple(sorted(known | {name for example in examples for name in example.names}))
    bank = (*names, *(f"part of a {name}" for name in names), BACKGROUND, encoder.WHOLE_PICTURE)
    row = {text: index for index, text in enumerate(bank)}
    colours = {colour: index for index, colour in enumerate(COLOURS)}
    crops = np.stack([encoder.as_channels(example.crop) for example in examples])
    return Data(
        crops=torch.from_numpy(crops),
        texts=torch.tensor(texts),
        phrases=_vectors(tuple(numbers)),
        answers=torch.tensor([row.get(example.texts[0], -1) for example in examples]),
        bank=_vectors(bank),
        colours=torch.tensor([colours[e.colour] if e.kind == "object" else -1 for e in examples]),
        weights=_weights(examples),
        names=names,
    )


def _weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """Return each example's chance: by its kind, and rare names more often than they come."""
    kinds = np.array([example.kind for example in examples])
    counts = Counter(example.texts[0] for example in examples)
    weights = np.array([counts[example.texts[0]] ** -0.5 for example in examples])
    for kind in np.unique(kinds):
        weights[kinds == kind] *= KIND_SHARES[kind] / weights[kinds == kind].sum()
    return weights / weights.sum()


def _vectors(texts: Sequence[str]) -> Tensor:
    pooled = StaticTextEncoder().pooled
    return torch.from_numpy(np.stack([pooled(text) for text in texts]))


class Losses(nn.Module):
    """Contrast with the batch, contrast with all names, colour, and plain cosine."""

    def __init__(self, data: Data) -> None:
        super().__init__()
        self.data = data
        self.colours = _vectors(tuple(COLOURS))
        self.scale = nn.Parameter(torch.tensor([15.0, 15.0, 10.0]).log())

    def forward(self, seen: Tensor, rows: Tensor, chosen: Tensor) -> Tensor:
        """Return the loss of a batch.

        Args:
            seen: (B, D), the net's vectors.
            rows: (B,) int64, the examples.
            chosen: (B,) int64, which of each example's texts it is held against.
        """
        data, scale = self.data, self.scale.exp().clamp(max=40)
        true = data.texts[rows]
        said = true.gather(1, chosen[:, None]).squeeze(1)
        words = data.phrases[said]
        loss = self._contrast(scale[0] * seen @ words.T, true, said)
        answers = data.answers[rows]
        loss = loss + functional.cross_entropy(
            scale[1] * seen @ data.bank.T, answers, ignore_index=-1
        )
        colours = data.colours[rows]
        loss = loss + 0.3 * functional.cross_entropy(
            scale[2] * seen @ self.colours.T, colours, ignore_index=-1
        )
        return loss + 2.0 * (1 - (seen * words).sum(1)).mean()

    @staticmethod
    def _contrast(logits: Tensor, true: Tensor, said: Tensor) -> Tensor:
        """InfoNCE both ways; what is true of another crop of the batch is no negative for it."""
        also = (true[:, :, None] == said).any(1)
        also.fill_diagonal_(False)
        logits = logits.masked_fill(also, -1e4)
        target = torch.arange(len(logits))
        there = functional.cross_entropy(logits, target)
        return (there + functional.cross_entropy(logits.T, target)) / 2


def train(data: Data, steps: int, batch: int, rate: float, seed: int, seconds: float) -> CropNet:
    """Train on one thread; ``seconds`` ends it early, and then the clock decides the result."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net, losses = CropNet(data.phrases.shape[1]), Losses(data)
    parameters = [*net.parameters(), *losses.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, steps, pct_start=0.1)
    start, mean = time.perf_counter(), 0.0
    for step in range(steps):
        rows = torch.from_numpy(rng.choice(len(data.weights), batch, p=data.weights))
        chosen = torch.from_numpy(rng.choice(MOST_TEXTS, batch, p=(0.45, 0.37, 0.18)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            seen = net(_varied(data.crops[rows], rng))
        loss = losses(seen, rows, chosen)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        mean += (loss.item() - mean) * max(0.01, 1 / (step + 1))
        spent = time.perf_counter() - start
        if step % 200 == 0:
            print(f"step {step:6d}  loss {mean:.3f}  {spent:5.0f} s", flush=True)
        if spent > seconds:
            break
    return net.eval()


def _varied(crops: Tensor, rng: np.random.Generator) -> Tensor:
    """Mirror, tilt, stretch and light (N, S, S, 4) crops anew; blur a few as if they were tiny."""
    crops = crops.permute(0, 3, 1, 2).float()
    crops = torch.where(_some(len(crops), 0.5, rng), crops.flip(3), crops)
    crops = torch.where(_some(len(crops), 0.08, rng), crops.flip(2), crops)
    small = functional.interpolate(crops, size=(int(rng.integers(8, 20)),) * 2, mode="area")
    small = functional.interpolate(small, size=crops.shape[2:], mode="bilinear")
    crops = torch.where(_some(len(crops), 0.1, rng), small, crops)
    grid = functional.affine_grid(_tilts(len(crops), rng), list(crops.shape), align_corners=False)
    tilted = functional.grid_sample(crops, grid, padding_mode="border", align_corners=False)
    crops = torch.where(_some(len(crops), 0.85, rng), tilted, crops)
    # Little enough to leave every colour its name; the mask stays as it is.
    light = rng.uniform(0.8, 1.2, (len(crops), 1)) * rng.uniform(0.9, 1.1, (len(crops), 3))
    gains = torch.ones(len(crops), 4)
    gains[:, :3] = torch.from_numpy(light)
    crops = (crops * gains[:, :, None, None]).clamp(0, 255)
    return crops.permute(0, 2, 3, 1)


def _some(count: int, share: float, rng: np.random.Generator) -> Tensor:
    """Choose a share of a batch: (N, 1, 1, 1) bool."""
    return torch.from_numpy(rng.random(count) < share)[:, None, None, None]


def _tilts(count: int, rng: np.random.Generator) -> Tensor:
    """Return (N, 2, 3) float32: small turns, stretches, shears and shifts."""
    turn = rng.uniform(-0.4, 0.4, count)
    wide, tall = rng.uniform(0.66, 1.36, (2, count))
    lean, right, down = rng.uniform(-0.22, 0.22, (3, count))
    rows = [
        [wide * np.cos(turn), lean - np.sin(turn), right],
        [np.sin(turn), tall * np.cos(turn), down],
    ]
    return torch.from_numpy(np.array(rows, np.float32)).permute(2, 0, 1)


class Shipped(nn.Module):
    """The net for crops as `CropEncoder` makes them, (N, S * S * 4) uint8."""

    def __init__(self, net: CropNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, crops: Tensor) -> Tensor:
        """Return (N, D) float32."""
        side = encoder.SIDE
        colours = crops[:, : 3 * side * side].reshape(-1, side, side, 3)
        mask = crops[:, 3 * side * side :].reshape(-1, side, side, 1)
        return self.net(torch.cat([colours, mask], dim=3))


def export(net: CropNet, names: Sequence[str], path: Path) -> None:
    """Write the net as ONNX, with the names it knows."""
    import onnx

    buffer = io.BytesIO()
    side = encoder.SIDE
    torch.onnx.export(
        Shipped(net).eval(),
        (torch.zeros(2, side * side * 4, dtype=torch.uint8),),
        buffer,
        input_names=["crops"],
        output_names=["embeddings"],
        dynamic_axes={"crops": {0: "n"}, "embeddings": {0: "n"}},
        opset_version=17,
        dynamo=False,  # the newer exporter would need one more package
    )
    model = onnx.load_from_string(buffer.getvalue())
    onnx.helper.set_model_props(model, {"names": json.dumps(list(names))})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def main() -> None:
    """Paint, train, write."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=at_least(1), default=6_000)
    parser.add_argument("--steps", type=at_least(1), default=1_600)
    parser.add_argument("--batch", type=at_least(1), default=256)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop training then")
    parser.add_argument("--out", type=new_file, default=MODEL)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start = time.perf_counter()
    examples = paint(given.scenes, given.seed)
    data = to_data(examples)
    print(f"{len(examples)} crops of {len(data.names)} names, {time.perf_counter() - start:.0f} s")
    net = train(data, given.steps, given.batch, given.rate, given.seed, given.seconds)
    export(net, data.names, given.out)
    count = sum(p.numel() for p in net.parameters())
    print(f"{count} parameters, {given.out.stat().st_size / 1e3:.0f} kB, "
          f"{time.perf_counter() - start:.0f} s in all")  # fmt: skip


if __name__ == "__main__":
    run_main(main)
