"""Models are loaded without pickle and without code of their own; adapters fold into a save."""

from __future__ import annotations

import json
import pickle

import pytest
import torch
from editenv_policies.grpo_vlm import LoraSettings, load_policy, with_new_adapters
from editenv_policies.grpo_vlm.logprobs import completion_log_probs
from editenv_policies.grpo_vlm.prompts import encode_answers, encode_prompts
from tiny_models import SIDE, make_policy, make_problem


@pytest.fixture
def folder(tmp_path):
    make_policy().save(tmp_path / "model")
    return tmp_path / "model"


def log_probs(policy):
    inputs = encode_prompts(policy.processor, [make_problem(0)], policy.device)
    tokens = torch.arange(20, 26).reshape(1, 6)
    with torch.no_grad():
        return completion_log_probs(policy, inputs, tokens)[0]


def test_a_saved_policy_is_the_same_when_loaded(folder):
    torch.testing.assert_close(log_probs(load_policy(folder)), log_probs(make_policy()))


def test_dropout_is_off(folder):
    assert not load_policy(folder).model.training


def test_pickled_weights_are_refused(folder):
    weights = folder / "model.safetensors"
    torch.save(make_policy().model.state_dict(), folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(OSError, match="safetensors"):
        load_policy(folder)


def test_code_in_the_folder_is_not_run(folder, tmp_path):
    marker = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Evil: pass\n")
    for name in ("config.json", "processor_config.json"):
        config = json.loads((folder / name).read_text())
        config["auto_map"] = {
            "AutoConfig": "evil.Evil",
            "AutoModelForImageTextToText": "evil.Evil",
            "AutoProcessor": "evil.Evil",
        }
        (folder / name).write_text(json.dumps(config))
    try:
        load_policy(folder)
    except ValueError as error:
        assert "trust_remote_code" in str(error)
    assert not marker.exists()


def test_adapters_begin_as_the_model_itself_and_only_they_are_trained(folder):
    policy = load_policy(folder, lora=LoraSettings(rank=2))
    torch.testing.assert_close(log_probs(policy), log_probs(make_policy()))
    assert policy.has_adapters
    names = list(policy.trainable())
    assert names
    assert all("lora" in name for name in names)
    assert not any("vision" in name for name in names)


def test_saved_adapters_need_no_peft(folder, tmp_path):
    policy = load_policy(folder, lora=LoraSettings(rank=2))
    with torch.no_grad():
        for weight in policy.trainable().values():
            weight.add_(0.1)
    changed = log_probs(policy)
    assert not torch.allclose(changed, log_probs(make_policy()), atol=1e-3)
    policy.save(tmp_path / "merged")
    loaded = load_policy(tmp_path / "merged")
    assert not loaded.has_adapters
    torch.testing.assert_close(log_probs(loaded), changed, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(log_probs(policy), changed)


def test_new_adapters_begin_where_the_old_ones_ended(folder):
    policy = load_policy(folder, lora=LoraSettings(rank=2))
    with torch.no_grad():
        for weight in policy.trainable().values():
            weight.add_(0.1)
    trained = log_probs(policy)
    renewed = with_new_adapters(policy, LoraSettings(rank=3), seed=1)
    torch.testing.assert_close(log_probs(renewed), trained, rtol=1e-4, atol=1e-4)
    with renewed.model.disable_adapter():
        torch.testing.assert_close(log_probs(renewed), trained, rtol=1e-4, atol=1e-4)
    assert {min(weight.shape) for weight in renewed.trainable().values()} == {3}


def test_the_model_says_what_pictures_it_looks_at():
    assert make_policy("llava").image_side == SIDE
    assert make_policy("qwen2.5-vl").image_side == 224


def test_bfloat16_computes_roughly_the_same(folder):
    policy = load_policy(folder, precision="bfloat16")
    assert next(policy.model.parameters()).dtype == torch.float32
    torch.testing.assert_close(log_probs(policy), log_probs(make_policy()), rtol=0.05, atol=0.05)


def test_wrong_arguments(folder):
    with pytest.raises(ValueError, match="precision='float8'"):
        load_policy(folder, precision="float8")
    with pytest.raises(ValueError, match="rank=0"):
        LoraSettings(rank=0)
    policy = load_policy(folder)
    policy.processor.chat_template = policy.processor.tokenizer.chat_template = None
    with pytest.raises(ValueError, match="chat_template"):
        encode_prompts(policy.processor, [make_problem(0)], "cpu")


def test_answers_are_padded_behind_their_end():
    tokenizer = make_policy().processor.tokenizer
    tokens, mask = encode_answers(tokenizer, ["red", "remove the cat"], 1, 0, "cpu")
    assert mask.sum(1).tolist() == (tokens != 0).sum(1).tolist()
    for row, kept in zip(tokens, mask, strict=True):
        assert row[kept][-1] == 1
        assert (row[~kept] == 0).all()


@pytest.mark.parametrize("lora", [None, LoraSettings(rank=2)])
def test_a_policy_that_was_used_pickles(folder, lora):
    policy = load_policy(folder, lora=lora)
    with torch.no_grad():
        for weight in policy.trainable().values():
            weight.add_(0.01)
    wanted = log_probs(policy)
    copy = pickle.loads(pickle.dumps(policy))
    assert torch.equal(log_probs(copy), wanted)
    assert [*copy.trainable()] == [*policy.trainable()]
