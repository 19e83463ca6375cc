"""The CLIP judge on tiny models that are built, saved and loaded by folder."""

import gc
import sys
import weakref

import numpy as np
import pytest
from judge_doubles import make_task
from tokenizers.processors import TemplateProcessing

from editenv.failure import Failure
from editenv.judges import Case, Score, check_fit, make_judge

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SIDE = 32


def _tokenizer():
    from editenv_policies.small_vlm import make_tokenizer

    tokenizer = make_tokenizer(300)
    end = tokenizer.eos_token
    # CLIP reads a sentence off its end token.
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
    )
    return tokenizer


def _towers(tokenizer):
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 32,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.eos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": SIDE,
        "patch_size": 8,
    }
    return {"text_config": text, "vision_config": vision}


def save_clip(folder):
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = _tokenizer()
    config = transformers.CLIPConfig(**_towers(tokenizer), projection_dim=16)
    size = {"height": SIDE, "width": SIDE}
    pictures = CLIPImageProcessorPil(size=size, crop_size=size)
    transformers.CLIPModel(config).save_pretrained(folder)
    transformers.CLIPProcessor(pictures, tokenizer).save_pretrained(folder)


def save_siglip(folder):
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = _tokenizer()
    config = transformers.SiglipConfig(**_towers(tokenizer))
    pictures = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    transformers.SiglipModel(config).save_pretrained(folder)
    transformers.SiglipProcessor(pictures, tokenizer).save_pretrained(folder)


@pytest.fixture(scope="module", params=[save_clip, save_siglip], ids=["clip", "siglip"])
def folder(request, tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model")
    request.param(path)
    return str(path)


@pytest.fixture(scope="module")
def task():
    return make_task(source_caption="a dark box", target_caption="a bright box")


def test_the_score_is_the_directional_similarity(folder, task):
    """By the model's own functions, without the judge."""
    model = transformers.AutoModel.from_pretrained(folder)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    pixels = processor.image_processor([task.source, task.target], return_tensors="pt")
    fixed = "siglip" in model.config.model_type
    tokens = processor.tokenizer(
        ["a dark box", "a bright box"],
        return_tensors="pt",
        **{"padding": "max_length", "max_length": 32} if fixed else {"padding": True},
    )
    with torch.inference_mode():
        pictures = model.get_image_features(**pixels).pooler_output
        texts = model.get_text_features(**tokens).pooler_output
    pictures, texts = (torch.nn.functional.normalize(x, dim=1) for x in (pictures, texts))
    change, wanted = pictures[1] - pictures[0], texts[1] - texts[0]
    expected = torch.cosine_similarity(change, wanted, dim=0).item()
    (forth,) = make_judge(f"clip:{folder}").judge([Case(task, task.target)])
    assert forth.value == pytest.approx(10 * max(expected, 0.0), abs=1e-3)
    back = make_task(source_caption="a bright box", target_caption="a dark box")
    (other,) = make_judge(f"clip:{folder}").judge([Case(back, task.target)])
    assert other.value == pytest.approx(10 * max(-expected, 0.0), abs=1e-3)
    assert max(forth.value, other.value) > 0.0


def test_a_picture_that_did_not_change_went_no_way(folder, task):
    (score,) = make_judge(f"clip:{folder}").judge([Case(task, task.source)])
    assert score.value == 0.0
    assert score.parts["image"] == pytest.approx(10.0)


def test_a_batch_scores_as_single_cases_do_and_fails_where_captions_lack(folder, task):
    judge = make_judge(f"clip:{folder}")
    plain = make_task()
    rng = np.random.default_rng(0)
    canvases = [rng.integers(0, 256, task.source.shape, np.uint8) for _ in range(20)]
    cases = [Case(task, canvas) for canvas in canvases]
    results = judge.judge([*cases[:7], Case(plain, plain.source), *cases[7:]])
    failure = results.pop(7)
    assert isinstance(failure, Failure)
    assert failure.component == f"judge:{judge.name}"
    assert len(results) == 20
    for case, result in zip(cases, results, strict=True):
        (alone,) = judge.judge([case])
        assert isinstance(result, Score)
        assert result.value == pytest.approx(alone.value, abs=1e-3)
    with pytest.raises(ValueError, match="source_caption"):
        check_fit(judge, plain)
    same = make_task(source_caption="a box", target_caption="a box")
    with pytest.raises(ValueError, match="differ"):
        check_fit(judge, same)


def test_it_is_loaded_once_and_freed_with_the_last_judge(folder, task):
    first, second = make_judge(f"clip:{folder}"), make_judge(f"clip:{folder}")
    weights = weakref.ref(first._pretrained.model)
    assert second._pretrained.model is weights()
    first.close()
    gc.collect()
    assert weights() is not None
    second.close()
    gc.collect()
    assert weights() is None
    assert isinstance(first.judge([Case(task, task.target)])[0], Score), "it loads again"


def test_bad_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no such folder"):
        make_judge(f"clip:{tmp_path / 'nothing'}")
    with pytest.raises(ValueError, match="no model could be read"):
        make_judge(f"clip:{tmp_path}")
    torch.manual_seed(0)
    tiny = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    config = transformers.BertConfig(**tiny, num_attention_heads=1, vocab_size=300)
    transformers.BertModel(config).save_pretrained(tmp_path)
    _tokenizer().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="get_image_features"):
        make_judge(f"clip:{tmp_path}")


def test_pickled_weights_are_not_read(folder, tmp_path):
    import shutil

    shutil.copytree(folder, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    model = transformers.AutoModel.from_pretrained(folder)
    torch.save(model.state_dict(), tmp_path / "model" / "pytorch_model.bin")
    with pytest.raises(ValueError, match="no model could be read"):
        make_judge(f"clip:{tmp_path / 'model'}")


def test_a_missing_package_is_named_with_its_pip_command(monkeypatch, tmp_path):
    from gymnasium.error import DependencyNotInstalled

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(DependencyNotInstalled, match="pip install transformers torch"):
        make_judge(f"clip:{tmp_path}")
