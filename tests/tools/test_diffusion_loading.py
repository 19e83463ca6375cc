"""Where pipelines come from, and what is never loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusion_edits import FLUX, QUICK, Folders, edit
from gymnasium.error import DependencyNotInstalled
from tiny_pipelines import build

from editenv.models.diffusion import DiffusionTool
from editenv.tools import Edited, make_tool


def test_neither_code_nor_pickles_are_loaded(tiny_folder: Folders, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_folder(FLUX), tmp_path / "copy"))
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "own.py").write_text("raise SystemExit('ran')")
    own = {**index, "_class_name": ["own", "Own"]}
    (folder / "model_index.json").write_text(json.dumps(own))
    with pytest.raises(ValueError, match="code of its own"):
        DiffusionTool(folder)
    part = {**index, "vae": ["own", "Own"]}
    (folder / "model_index.json").write_text(json.dumps(part))
    with pytest.raises(Exception, match="own") as raised:
        assert DiffusionTool(folder, **QUICK).pipeline is None
    assert not isinstance(raised.value, SystemExit)

    (folder / "model_index.json").write_text(json.dumps(index))
    weights = next((folder / "vae").glob("*.safetensors"))
    weights.unlink()
    torch.save({}, weights.with_suffix(".bin"))
    with pytest.raises(OSError, match=r"safetensors"):
        assert DiffusionTool(folder, **QUICK).pipeline is None


def test_a_hub_name_is_found_in_the_hubs_cache(tiny_folder: Folders, tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--owner--name"
    shutil.copytree(tiny_folder(FLUX), cached / "snapshots" / "abc")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc")
    code = (
        "from editenv.tools import make_tool\n"
        "tool = make_tool('diffusers:owner/name?device=cpu')\n"
        "print(tool.name, type(tool.pipeline).__name__, tool.version)"
    )
    offline = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **offline}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    here = DiffusionTool(tiny_folder(FLUX), device="cpu")
    assert done.stdout.split() == ["edit_name", FLUX, here.version]


def test_bfloat16(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), dtype="bfloat16", **QUICK)
    (found,) = edit(tool, ["red"])
    assert isinstance(found, Edited)
    assert tool.pipeline.transformer.dtype == torch.bfloat16
    tool.close()


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from peft import LoraConfig, get_peft_model_state_dict

    pipeline = build(FLUX)
    pipeline.transformer.add_adapter(
        LoraConfig(r=2, lora_alpha=2, init_lora_weights=False, target_modules=["to_q", "to_v"])
    )
    folder = tmp_path_factory.mktemp("lora")
    layers = get_peft_model_state_dict(pipeline.transformer)
    type(pipeline).save_lora_weights(folder, transformer_lora_layers=layers)
    return folder


def test_lora(tiny_folder: Folders, lora: Path) -> None:
    results = {}
    for name, arguments in {
        "none": {},
        "folder": {"lora": lora},
        "file": {"lora": [next(lora.glob("*.safetensors"))]},
        "off": {"lora": lora, "lora_scale": 0.0},
    }.items():
        tool = DiffusionTool(tiny_folder(FLUX), **QUICK, **arguments)
        results[name] = (edit(tool, ["red"])[0].image.tobytes(), tool.version)
        tool.close()
    assert results["none"][0] == results["off"][0] != results["folder"][0] == results["file"][0]
    assert len({version for _, version in results.values()}) >= 3


def test_missing_packages(tiny_folder: Folders, lora: Path, monkeypatch: Any) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), lora=lora, **QUICK)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(DependencyNotInstalled, match="pip install peft"):
        assert tool.pipeline is not None
    tool.close()
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(DependencyNotInstalled, match="pip install diffusers"):
        make_tool(f"diffusers:{tiny_folder(FLUX)}")


def test_the_import_is_light() -> None:
    code = (
        "import sys, editenv.models.diffusion\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'peft'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
