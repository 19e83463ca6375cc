"""What a diffusion tool does beside calling its pipeline."""

from __future__ import annotations

import gc
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxKontextPipeline
from gymnasium.error import DependencyNotInstalled
from tiny_pipelines import build, save

from editenv.failure import Failure
from editenv.tools import Cost, Edited, Prompt, Wording, make_tool
from editenv.tools.diffusion import DiffusionTool, make_diffusion_tool
from editenv.tools.diffusion.store import STORE
from editenv.types import Image, Mask

SIDE = 32
FLUX, INPAINT = "FluxKontextPipeline", "StableDiffusionInpaintPipeline"
QUICK: dict[str, Any] = {"size": "picture", "steps": 1, "device": "cpu"}
Folders = Callable[[str], Path]


def picture(seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def region() -> Mask:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8:20, 10:24] = 255
    mask[7, 10:24] = 90
    return mask


def edit(tool: DiffusionTool, texts: list[str], mask: Mask | None = None) -> list[Any]:
    count = len(texts)
    masks = [region() if mask is None else mask] * count
    images = [picture(number) for number in range(count)]
    prompts = [Prompt(text, seed) for seed, text in enumerate(texts)]
    return list(tool.apply_prompted(images, masks, [0] * count, prompts))


class Troubled(FluxKontextPipeline):
    """A real pipeline that also has accidents."""

    most = 99
    calls: list[int] = []  # noqa: RUF012

    def __call__(self, **arguments: Any) -> Any:
        prompts = arguments["prompt"]
        self.calls.append(len(prompts))
        if len(prompts) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if "raise" in prompts:
            raise RuntimeError("it broke")
        output = super().__call__(**arguments)
        images = output.images
        for image, prompt in zip(images, prompts, strict=True):
            if prompt == "nan":
                image[0, 0, 0] = np.nan
        flags = [prompt == "naughty" for prompt in prompts]
        return SimpleNamespace(images=images, nsfw_content_detected=flags)


@pytest.fixture
def troubled() -> Any:
    pipeline = build(FLUX)
    pipeline.__class__ = Troubled
    Troubled.calls = []
    Troubled.most = 99
    tool = DiffusionTool(pipeline, size="picture", steps=1, name="troubled")
    yield tool
    tool.close()


@pytest.mark.parametrize(
    ("trouble", "kind"), [("raise", "error"), ("nan", "error"), ("naughty", "refusal")]
)
def test_trouble_is_a_failure_in_its_place(troubled: Any, trouble: str, kind: str) -> None:
    expected = edit(troubled, ["red", "blue", "snow"])
    found = edit(troubled, ["red", trouble, "snow"])
    assert isinstance(found[1], Failure)
    assert (found[1].kind, found[1].component) == (kind, "tool:troubled")
    for number in (0, 2):
        assert np.abs(found[number].image.astype(int) - expected[number].image).max() <= 1


def test_a_batch_too_large_for_memory_is_halved_and_that_is_remembered(troubled: Any) -> None:
    Troubled.most = 2
    found = edit(troubled, ["red"] * 5)
    assert all(isinstance(edited, Edited) for edited in found)
    assert Troubled.calls == [5, 3, 2, 1, 2]
    Troubled.calls = []
    edit(troubled, ["red"] * 4)
    assert Troubled.calls == [2, 2]


def test_a_picture_too_large_for_memory_is_a_failure(troubled: Any) -> None:
    Troubled.most = 0
    found = edit(troubled, ["red", "blue"])
    assert [failure.kind for failure in found] == ["error", "error"]
    assert [failure.attempts for failure in found] == [2, 2]
    assert "out of memory" in found[0].detail


def test_a_call_on_an_empty_mask_changes_nothing(troubled: Any) -> None:
    (found,) = edit(troubled, ["red"], np.zeros((SIDE, SIDE), np.uint8))
    assert np.array_equal(found.image, picture()) and not Troubled.calls


def test_a_batch_is_cut_to_batch_size() -> None:
    pipeline = build(FLUX)
    pipeline.__class__ = Troubled
    Troubled.calls, Troubled.most = [], 99
    tool = DiffusionTool(pipeline, size="picture", steps=(1, 2), batch_size=2)
    images, masks = [picture()] * 5, [region()] * 5
    tool.apply_prompted(images, masks, [0, 1, 0, 0, 1], [Prompt("red")] * 5)
    assert Troubled.calls == [2, 1, 2]  # three at one step, two at two steps


# Sharing and freeing


def test_loaded_once_shared_and_freed_by_the_last_close(tiny_folder: Folders) -> None:
    users = len(STORE)
    folder = tiny_folder(FLUX)
    one = DiffusionTool(folder, **QUICK)
    two = make_diffusion_tool(f"{folder}/../{FLUX}?steps=2&size=picture&device=cpu")
    assert not one._handle.is_loaded
    edit(one, ["red"])
    assert two._handle is one._handle and two._handle.is_loaded
    weights = weakref.ref(one.pipeline.transformer)
    one.close()
    one.close()
    with pytest.raises(RuntimeError, match="closed"):
        edit(one, ["red"])
    edit(two, ["red"])
    two.close()
    gc.collect()
    assert weights() is None
    assert len(STORE) == users


def test_a_tool_that_is_forgotten_frees_its_pipeline(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), **QUICK)
    assert tool.pipeline is not None
    weights = weakref.ref(tool.pipeline.transformer)
    del tool
    gc.collect()
    assert weights() is None


def test_threads_share_a_tool(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder("QwenImageEditPipeline"), **QUICK)
    expected = [edit(tool, [text])[0].image for text in ("red", "blue")]
    found: dict[tuple[int, int], Image] = {}

    def work(number: int) -> None:
        for turn in range(3):
            found[number, turn] = edit(tool, [("red", "blue")[number]])[0].image

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(np.array_equal(image, expected[who]) for (who, _), image in found.items())
    tool.close()


def test_a_pickled_tool_is_another_user_of_the_same_pipeline(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), goals=("duck",), action="replace", **QUICK)
    copy = pickle.loads(pickle.dumps(tool))
    assert copy._handle is tool._handle and copy.options == tool.options
    tool.close()
    edit(copy, ["red"])
    copy.close()


# Loading


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
        "import sys, editenv.tools.diffusion\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'peft'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Options, words, masks


def test_options(tiny_folder: Folders) -> None:
    folder = tiny_folder(INPAINT)
    plain = DiffusionTool(folder)
    assert plain.name == "remove_stable_diffusion_inpaint"
    assert (plain.action, plain.target, plain.expensive) == ("remove", "region", True)
    assert plain.options == ("20 steps, guidance 7.5",)
    many = make_diffusion_tool(f"{folder}?steps=1,20&guidance=1.5,7")
    assert many.options == (
        "1 step, guidance 1.5",
        "1 step, guidance 7",
        "20 steps, guidance 1.5",
        "20 steps, guidance 7",
    )
    goals = make_diffusion_tool(f"{folder}?action=replace&goals=duck,red+car&name=swap")
    assert (goals.name, goals.options) == ("swap", ("duck", "red car"))
    assert goals.relabel("cup", 1) == "red car" and goals.adds(0) is None
    both = make_diffusion_tool(f"{folder}?action=replace&goals=duck,car&steps=1,9")
    assert both.options == ("duck, 1 step", "duck, 9 steps", "car, 1 step", "car, 9 steps")
    assert plain.relabel("cup", 0) == "cup"
    editor = DiffusionTool(tiny_folder(FLUX))
    assert (editor.name, editor.target) == ("edit_flux_kontext", "any")
    assert DiffusionTool(tiny_folder(FLUX), action="remove").target == "region"


def test_the_option_decides_steps_and_guidance(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), size="picture", steps=(1, 2), guidance=(1.0, 9.0))
    images, masks = [picture()] * 4, [region()] * 4
    found = tool.apply_prompted(images, masks, [0, 1, 2, 3], [Prompt("red")] * 4)
    assert len({edited.image.tobytes() for edited in found}) == 4
    tool.close()


def test_prompts(tiny_folder: Folders) -> None:
    everything = "Make the kite teal, then drop the apple."
    on_kite = Wording(everything, "kite")
    told = Wording(everything, "kite", "recolour the kite teal")
    whole = Wording(everything, "whole image")
    flux = DiffusionTool(tiny_folder(FLUX))
    assert flux.compose(on_kite, 0) == f"{everything} Change only the kite."
    assert flux.compose(told, 0) == "recolour the kite teal Change only the kite."
    assert flux.compose(whole, 0) == everything
    assert flux.compose(Wording("", ""), 0) == ""
    remove = DiffusionTool(tiny_folder(FLUX), action="remove")
    assert remove.compose(on_kite, 0) == "Remove the kite and fill in what is behind it."
    caption = DiffusionTool(tiny_folder(INPAINT))
    assert "kite" not in caption.compose(on_kite, 0)
    swap = DiffusionTool(tiny_folder(INPAINT), action="replace", goals=["duck {x}"])
    assert swap.compose(on_kite, 0) == "duck {x}"
    own = DiffusionTool(tiny_folder(FLUX), template=["{label}: {words}!", "{instruction}"])
    assert own.compose(told, 0) == "kite: recolour the kite teal!"
    assert own.compose(Wording("hello", ""), 0) == "hello"


def test_apply_is_apply_prompted_without_words_and_seed_0(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(INPAINT), **QUICK)
    prompt = Prompt(tool.compose(Wording("", ""), 0), 0)
    plain = tool.apply([picture()], [region()], [0])[0]
    told = tool.apply_prompted([picture()], [region()], [0], [prompt])[0]
    assert isinstance(plain, Edited) and isinstance(told, Edited)
    assert plain.image.tobytes() == told.image.tobytes()
    tool.close()


@pytest.mark.parametrize("action", ["edit", "remove", "replace"])
def test_masks_after_an_edit(tiny_folder: Folders, action: str) -> None:
    tool = DiffusionTool(tiny_folder(INPAINT), action=action, **QUICK)
    mask = region()
    (found,) = edit(tool, ["red"], mask)
    if action == "remove":
        assert found.mask.shape == mask.shape and not found.mask.any()
    else:
        assert found.mask is mask
    tool.close()


def test_outside(tiny_folder: Folders) -> None:
    changed = {}
    for outside in ("exact", "near", "free"):
        tool = DiffusionTool(tiny_folder(INPAINT), outside=outside, **QUICK)
        changed[outside] = (edit(tool, ["red"])[0].image != picture()).any(axis=-1)
        tool.close()
    assert not changed["exact"][region() == 0].any()
    ring = changed["near"] & (region() == 0)
    assert ring.any() and not ring[:4].any() and not ring[26:].any()
    assert changed["free"][0].any()


# Size


@pytest.mark.parametrize("name", [FLUX, INPAINT, "QwenImageEditPipeline"])
def test_sizes(tiny_folder: Folders, name: str) -> None:
    """What the denoiser's result is made of is as large as asked for."""
    sizes = []
    tool = DiffusionTool(tiny_folder(name), steps=1, size=96)
    vae = tool.pipeline.vae
    decode = vae.decode
    vae.decode = lambda *args, **kwargs: sizes.append(args[0].shape[-2:]) or decode(*args, **kwargs)
    factor = tool.pipeline.vae_scale_factor
    (found,) = edit(tool, ["red"])
    assert isinstance(found, Edited), found
    assert found.image.shape == (SIDE, SIDE, 3)
    assert [tuple(n * factor for n in size) for size in sizes] == [(96, 96)]
    tool.close()


def test_own_sizes_change_nothing_else() -> None:
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit as module

    from editenv.tools.diffusion.qwen_sizes import with_own_sizes

    before = (module.calculate_dimensions, module.QwenImageEditPipeline.__call__)
    with_own_sizes(module.QwenImageEditPipeline, 64, 32)
    assert before == (module.calculate_dimensions, module.QwenImageEditPipeline.__call__)
    with pytest.raises(RuntimeError, match="no longer uses"):
        with_own_sizes(FluxKontextPipeline, 64, 32)


# Version and cost


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
        version(outside="free"),
        version(dtype="bfloat16"),
        version(call={"true_cfg_scale": 2.0}),
        version(tiny_folder("FluxKontextInpaintPipeline")),
    ]
    assert len(set(others)) == len(others)


def test_a_large_file_is_told_by_any_of_its_tensors(tmp_path: Path, monkeypatch: Any) -> None:
    from safetensors.numpy import save_file

    from editenv.tools.diffusion import digest

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


# Bad arguments


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("action=paint", "action='paint'"),
        ("steps=0", "steps="),
        ("steps=4,4", "steps="),
        ("steps=four", "steps='four'"),
        ("guidance=-1", "guidance="),
        ("goals=duck", "action='replace'"),
        ("template={colour}", "template="),
        ("template={words", "template="),
        ("strength=0.5", "strength="),
        ("dtype=int8", "dtype='int8'"),
        ("offload=disk", "offload='disk'"),
        ("lora=nowhere", "lora='nowhere'"),
        ("size=large", "size='large'"),
        ("size=3", "size="),
        ("multiple=10", "multiple=10"),
        ("outside=blue", "outside='blue'"),
        ("batch_size=0", "batch_size="),
        ("colour=red", "'colour'"),
    ],
)
def test_bad_arguments(tiny_folder: Folders, query: str, message: str) -> None:
    users = len(STORE)
    with pytest.raises(ValueError, match=message):
        make_tool(f"diffusers:{tiny_folder(FLUX)}?{query}")
    assert len(STORE) == users


def test_bad_places(tiny_folder: Folders, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither a folder nor a hub name"):
        DiffusionTool("nowhere")
    with pytest.raises(ValueError, match="holds no diffusers pipeline"):
        DiffusionTool(tmp_path)
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    with pytest.raises(ValueError, match="'StableDiffusionPipeline' is unknown"):
        DiffusionTool(tmp_path)
    with pytest.raises(ValueError, match="where=3"):
        DiffusionTool(3)
    with pytest.raises(ValueError, match="set them on the pipeline"):
        DiffusionTool(build(FLUX), dtype="bfloat16")
    with pytest.raises(ValueError, match="cost="):
        DiffusionTool(tiny_folder(FLUX), cost=[Cost(), Cost()])
    tool = DiffusionTool(tiny_folder(FLUX), device="cpu", offload="model")
    with pytest.raises(ValueError, match="offload='model' needs an accelerator"):
        assert tool.pipeline is not None
