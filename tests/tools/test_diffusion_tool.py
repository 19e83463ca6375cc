"""Options, words, masks and sizes of a diffusion tool, and its bad arguments."""

from __future__ import annotations

from pathlib import Path

import pytest
from diffusers import FluxKontextPipeline
from diffusion_edits import FLUX, INPAINT, QUICK, SIDE, Folders, edit, picture, region
from tiny_pipelines import build

from editenv.models.diffusion import DiffusionTool, make_diffusion_tool
from editenv.models.diffusion.store import STORE
from editenv.tools import Cost, Edited, Prompt, Wording, make_tool


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
    xl = DiffusionTool(tiny_folder("StableDiffusionXLInstructPix2PixPipeline"))
    assert xl.name == "edit_stable_diffusion_xl_instruct_pix2pix"
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

    from editenv.models.diffusion.qwen_sizes import with_own_sizes

    before = (module.calculate_dimensions, module.QwenImageEditPipeline.__call__)
    with_own_sizes(module.QwenImageEditPipeline, 64, 32)
    assert before == (module.calculate_dimensions, module.QwenImageEditPipeline.__call__)
    with pytest.raises(RuntimeError, match="no longer uses"):
        with_own_sizes(FluxKontextPipeline, 64, 32)


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
    with pytest.raises(ValueError, match="steps=1 with strength"):
        DiffusionTool(tiny_folder("StableDiffusionXLInpaintPipeline"), steps=1)
    with pytest.raises(ValueError, match="cost="):
        DiffusionTool(tiny_folder(FLUX), cost=[Cost(), Cost()])
    tool = DiffusionTool(tiny_folder(FLUX), device="cpu", offload="model")
    with pytest.raises(ValueError, match="offload='model' needs an accelerator"):
        assert tool.pipeline is not None
