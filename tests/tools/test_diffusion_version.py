"""What makes two tools the same, and what they cost."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from diffusion_edits import FLUX, SIDE, Folders
from tiny_pipelines import build, save

from editenv.models.diffusion import DiffusionTool
from editenv.tools import Cost


def test_version(tiny_folder: Folders, tmp_path: Path) -> None:
    folder = tiny_folder(FLUX)

    def version(where: Any = folder, **arguments: Any) -> str:
        tool = DiffusionTool(where, **arguments)
        found = tool.version
        tool.close()
        return found

    copied = shutil.copytree(folder, tmp_path / "elsewhere")
    assert version() == version(copied)
    assert version(build(FLUX)) == version(build(FLUX)) != version(build(FLUX, seed=1))
    others = [
        version(),
        version(save(FLUX, tmp_path / "trained", seed=1)),
        version(size="picture"),
        version(template="{words}, please"),
        version(negative="ugly"),
        version(action="replace", goals=["duck"], steps=4),
        version(action="replace", goals=["duck"], steps=20),
        version(outside="free"),
        version(dtype="bfloat16"),
        version(call={"true_cfg_scale": 2.0}),
        version(tiny_folder("FluxKontextInpaintPipeline")),
    ]
    assert len(set(others)) == len(others)


def test_a_large_file_is_told_by_any_of_its_tensors(tmp_path: Path, monkeypatch: Any) -> None:
    from safetensors.numpy import save_file

    from editenv.models.diffusion import digest

    monkeypatch.setattr(digest, "_WHOLE_FILES", 0)
    rng = np.random.default_rng(0)
    tensors = {f"layer.{n}": rng.normal(size=(50, 50)).astype(np.float32) for n in range(3)}
    found = set()
    for changed in (None, *tensors):
        weights = {name: array + (name == changed) for name, array in tensors.items()}
        save_file(weights, tmp_path / "model.safetensors")
        found.add(digest.folder_digest(tmp_path))
    assert len(found) == 4


def test_costs(tiny_folder: Folders) -> None:
    folder = tiny_folder(FLUX)
    tool = DiffusionTool(folder, size="picture", steps=(1, 8), cost=Cost(money=0.5))
    assert tool.cost(0) == tool.cost(1) == Cost(money=0.5)
    quick, slow = tool.measure_cost(SIDE, SIDE)
    assert 0 < quick.seconds < slow.seconds and quick.memory > 0 and quick.money == 0.5
    assert (tool.cost(0), tool.cost(1)) == (quick, slow)
    tool.close()
    two = [Cost(1.0), Cost(2.0)]
    assert DiffusionTool(folder, steps=(1, 8), cost=two).cost(1) == Cost(2.0)
    assert DiffusionTool(folder).cost(0) == Cost()
