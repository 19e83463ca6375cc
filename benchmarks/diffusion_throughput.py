"""Edits per second of a diffusion tool by batch size, and where the time goes.

    python benchmarks/diffusion_throughput.py PATH --device cuda --batches 1,2,4,8 --json OUT
    python benchmarks/diffusion_throughput.py --build tiny
    python benchmarks/diffusion_throughput.py --build flux-kontext-dev --device cuda

``--build`` makes a pipeline with random weights in memory, where it shall run and in the number
format that it shall have: ``tiny`` for a look at the overhead, the others in the published sizes
(``tests/tools/tiny_pipelines.py``). Random weights cost the same time as trained ones.

Rates come from calls that nothing looks into. One more call measures the shares, with the device
brought to a stop before and after each part. What is in no part is ``rest``: schedulers, resizing,
arrays. A batch that did not fit into memory was cut: ``pipeline_calls`` is then above 1.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from editenv_policies.arguments import Parser, at_least, new_file, run_main

from editenv.failure import Failure
from editenv.models.diffusion import DiffusionTool
from editenv.tools import Prompt

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "tools"))

BUILDS = {
    "tiny": ("FluxKontextPipeline", "tiny"),
    "sd": ("StableDiffusionInpaintPipeline", "real"),
    "sdxl": ("StableDiffusionXLInpaintPipeline", "real"),
    "flux-kontext-dev": ("FluxKontextPipeline", "real"),
    "flux-kontext-inpaint-dev": ("FluxKontextInpaintPipeline", "real"),
    "qwen-image-edit": ("QwenImageEditPipeline", "real"),
}
"""Pipeline class and scale."""

PARTS = {
    "text encoders": ("text_encoder", "text_encoder_2"),
    "denoiser": ("unet", "transformer"),
    "VAE": ("vae",),
}

Row = dict[str, Any]


class Stopwatch:
    """Adds up the time in each part of a pipeline while it is open."""

    def __init__(self, pipeline: Any) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)
        self.calls: Counter[str] = Counter()
        self._methods = [
            (getattr(pipeline, name), method, part)
            for part, names in PARTS.items()
            for name in names
            if getattr(pipeline, name, None) is not None
            for method in (("encode", "decode") if name == "vae" else ("forward",))
        ]

    def __enter__(self) -> Stopwatch:
        for module, method, part in self._methods:
            setattr(module, method, self._timed(getattr(module, method), method, part))
        return self

    def __exit__(self, *error: object) -> None:
        for module, method, _ in self._methods:
            delattr(module, method)  # the class's own method shows again

    def _timed(self, run: Callable[..., Any], method: str, part: str) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start = now()
            try:
                return run(*args, **kwargs)
            finally:
                self.seconds[part] += now() - start
                self.calls[method] += 1

        return timed


def now() -> float:
    """The time, once the device has finished."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def edits(tool: DiffusionTool, count: int, side: int) -> list[str]:
    """Make a batch of edits; returns what went wrong."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (side, side, 3), np.uint8) for _ in range(count)]
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 : side // 2, side // 4 : 3 * side // 4] = 255
    prompts = [Prompt("make the sky in the background orange", n) for n in range(count)]
    found = tool.apply_prompted(images, [mask] * count, [0] * count, prompts)
    return [str(result) for result in found if isinstance(result, Failure)]


def measure(tool: DiffusionTool, batch: int, side: int, repeats: int) -> Row:
    """Measure one batch size, after a call that does not count."""
    import torch

    cuda = torch.cuda.is_available()
    edits(tool, batch, side)
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    times, failures = [], []
    for _ in range(repeats):
        start = now()
        failures += edits(tool, batch, side)
        times.append(now() - start)
    start = now()
    with Stopwatch(tool.pipeline) as watch:
        edits(tool, batch, side)
    total = now() - start
    shares = {part: watch.seconds[part] / total for part in PARTS}
    return {
        "batch": batch,
        "edits_per_second": batch / min(times),
        "seconds_per_edit": min(times) / batch,
        "shares": {**shares, "rest": 1 - sum(shares.values())},
        "pipeline_calls": watch.calls["decode"],
        "peak_mib": torch.cuda.max_memory_allocated() / 2**20 if cuda else None,
        "failures": dict(Counter(failures)),
    }


def describe(tool: DiffusionTool, loading: float) -> Row:
    """What was measured, and with what."""
    import torch

    pipeline = tool.pipeline
    modules = {n: p for n, p in pipeline.components.items() if isinstance(p, torch.nn.Module)}
    return {
        "pipeline": type(pipeline).__name__,
        "device": torch.cuda.get_device_name()
        if pipeline.device.type == "cuda"
        else f"{platform.machine()} CPU, {torch.get_num_threads()} threads",
        "dtype": str(pipeline.dtype),
        "parameters": {n: sum(w.numel() for w in m.parameters()) for n, m in modules.items()},
        "seconds_to_load_or_build": loading,
        "option": tool.options[0],
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
    }


def make(args: argparse.Namespace, batch: int) -> DiffusionTool:
    """Make the tool from the command line."""
    settings = {"steps": args.steps, "size": args.size, "batch_size": batch}
    if args.where:
        return DiffusionTool(args.where, device=args.device, dtype=args.dtype, **settings)
    import torch
    from tiny_pipelines import build  # pyright: ignore[reportMissingImports]

    name, scale = BUILDS[args.build]
    dtype = args.dtype
    if dtype == "auto":
        dtype = "float32" if args.device == "cpu" else "bfloat16"
    pipeline = build(name, scale, text=args.text, device=args.device, dtype=getattr(torch, dtype))
    return DiffusionTool(pipeline, **settings)


def main() -> None:
    """Measure, print and write."""
    parser = Parser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("where", nargs="?", help="a folder or hub name, instead of --build")
    parser.add_argument("--build", choices=BUILDS, default="tiny")
    parser.add_argument("--text", choices=("real", "tiny"), default="real", help="text encoders")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--batches", default="1,2,4,8")
    parser.add_argument("--picture", type=at_least(1), default=64, help="side of the pictures")
    parser.add_argument("--size", default="picture", help="native, picture or a number")
    parser.add_argument("--steps", type=at_least(1), default=4)
    parser.add_argument("--repeats", type=at_least(1), default=3)
    parser.add_argument("--json", type=new_file)
    args = parser.parse_args()
    args.size = int(args.size) if args.size.isdigit() else args.size
    batches = [int(batch) for batch in args.batches.split(",")]

    start = time.perf_counter()
    tool = make(args, max(batches))
    found = describe(tool, time.perf_counter() - start)
    found["picture"], found["size"] = args.picture, args.size
    print(json.dumps(found, indent=2), flush=True)
    found["rows"] = []
    print(f"{'batch':>5} {'edits/s':>9} {'peak MiB':>9} {'calls':>5}  shares", flush=True)
    for batch in batches:
        row = measure(tool, batch, args.picture, args.repeats)
        found["rows"].append(row)
        shares = ", ".join(f"{part} {share:.0%}" for part, share in row["shares"].items())
        print(
            f"{batch:>5} {row['edits_per_second']:>9.3f} {row['peak_mib'] or 0:>9.0f}"
            f" {row['pipeline_calls']:>5}  {shares}  {row['failures'] or ''}",
            flush=True,
        )
        if args.json:  # after each row: a run that is cut short leaves what it has
            args.json.write_text(json.dumps(found, indent=2) + "\n")
    tool.close()


if __name__ == "__main__":
    run_main(main)
