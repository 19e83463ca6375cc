"""A prompt that is computed once a group gives what it gives for every completion by itself."""

from __future__ import annotations

import pytest
import torch
from editenv_policies.grpo_vlm.distribution import log_prob, shaped
from editenv_policies.grpo_vlm.generate import greedy, sample
from editenv_policies.grpo_vlm.logprobs import completion_log_probs
from editenv_policies.grpo_vlm.prompts import encode_prompts
from editenv_policies.grpo_vlm.settings import SamplingSettings
from tiny_models import ARCHITECTURES, make_policy, make_problem

EVERY = pytest.mark.parametrize("name", ARCHITECTURES)

GROUP, LENGTH = 3, 6


def prompts(policy, numbers=(0, 1)):
    return encode_prompts(policy.processor, [make_problem(n) for n in numbers], policy.device)


def noise(rows, seed=0, length=LENGTH):
    return torch.rand(rows, length, generator=torch.Generator().manual_seed(seed))


def full_forward(policy, inputs, tokens, group):
    """Log-probabilities by one ordinary pass of prompt and completion together."""
    count = len(inputs["input_ids"])
    repeated = {
        name: value.unflatten(0, (count, -1)).repeat_interleave(group, 0).flatten(0, 1)
        for name, value in inputs.items()
    }
    added = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    added |= dict.fromkeys(("mm_token_type_ids", "token_type_ids"), torch.zeros_like(tokens))
    for name in added.keys() & repeated.keys():
        repeated[name] = torch.cat([repeated[name], added[name]], dim=1)
    if "mm_token_type_ids" not in repeated:
        positions = (repeated["attention_mask"].cumsum(1) - 1).clamp(min=0)
        repeated["position_ids"] = positions
    logits = policy.model(**repeated).logits[:, -tokens.shape[1] - 1 : -1]
    return log_prob(shaped(logits, 1.0, policy.special.suppressed), tokens)


@EVERY
def test_log_probs_and_gradients_equal_those_of_a_full_pass(name):
    policy = make_policy(name)
    inputs = prompts(policy)
    drawn = torch.randint(10, 250, (2 * GROUP, LENGTH), generator=torch.Generator().manual_seed(1))
    shared, entropy = completion_log_probs(policy, inputs, drawn)
    plain = full_forward(policy, inputs, drawn, GROUP)
    torch.testing.assert_close(shared, plain, rtol=0, atol=1e-5)
    assert entropy.shape == shared.shape
    assert (entropy > 0).all()
    weights = list(policy.trainable().values())
    gradients = [
        torch.autograd.grad(value.square().mean(), weights, allow_unused=True)
        for value in (shared, plain)
    ]
    assert not entropy.requires_grad
    for ours, theirs in zip(*gradients, strict=True):
        if theirs is not None:
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=2e-6)


@EVERY
def test_sampled_log_probs_are_those_that_the_loss_computes(name):
    policy = make_policy(name)
    inputs = prompts(policy)
    settings = SamplingSettings(LENGTH, temperature=0.7)
    written = sample(policy, inputs, noise(2 * GROUP), settings)
    again, _ = completion_log_probs(policy, inputs, written.tokens, temperature=0.7)
    torch.testing.assert_close(
        again[written.mask], written.log_probs[written.mask], rtol=0, atol=1e-5
    )


@EVERY
def test_no_suppressed_token_is_ever_written(name):
    policy = make_policy(name)
    settings = SamplingSettings(16, temperature=50.0)
    written = sample(policy, prompts(policy), noise(64, length=16), settings)
    found = set(written.tokens[written.mask].tolist())
    assert len(found) > 100
    assert not found & set(policy.special.suppressed)
    assert policy.model.config.image_token_id in policy.special.suppressed
    assert policy.special.pad in policy.special.suppressed


@EVERY
def test_greedy_writes_what_transformers_generates(name):
    policy = make_policy(name)
    inputs = prompts(policy, (1,))
    written = greedy(policy, inputs, LENGTH).tokens
    generated = policy.model.generate(
        **inputs,
        do_sample=False,
        max_new_tokens=LENGTH,
        suppress_tokens=list(policy.special.suppressed),
        eos_token_id=list(policy.special.eos),
        pad_token_id=policy.special.pad,
    )[:, inputs["input_ids"].shape[1] :]
    assert torch.equal(written, generated)


def test_a_group_is_the_same_in_any_company():
    policy = make_policy()
    settings = SamplingSettings(LENGTH)
    random = noise(2 * GROUP)
    together = sample(policy, prompts(policy), random, settings)
    alone = sample(policy, prompts(policy, (1,)), random[GROUP:], settings)
    length = alone.tokens.shape[1]
    assert torch.equal(together.tokens[GROUP:, :length], alone.tokens)
    assert torch.equal(together.mask[GROUP:, :length], alone.mask)


def test_completions_end_with_the_end_token_and_are_padded_after_it():
    policy = make_policy()
    written = sample(policy, prompts(policy), noise(200, length=40), SamplingSettings(40, 5.0))
    ended = torch.isin(written.tokens, torch.tensor(policy.special.eos)) & written.mask
    assert ended.any()
    for tokens, mask, ends in zip(written.tokens, written.mask, ended, strict=True):
        length = int(mask.sum())
        assert mask[:length].all()
        assert not ends[: length - 1].any()
        assert (tokens[length:] == policy.special.pad).all()


def test_top_p_leaves_the_least_probable_out():
    policy = make_policy()
    inputs = prompts(policy, (0,))
    narrow = sample(policy, inputs, noise(64, length=1), SamplingSettings(1, top_p=0.05))
    wide = sample(policy, inputs, noise(64, length=1), SamplingSettings(1))
    assert len(narrow.tokens.unique()) < len(wide.tokens.unique())
    assert narrow.log_probs.min() >= wide.log_probs.min()


def test_entropies_have_gradients_where_they_are_wanted():
    policy = make_policy()
    inputs, drawn = prompts(policy), torch.full((2, 3), 20)
    _, entropy = completion_log_probs(policy, inputs, drawn, entropy_gradient=True)
    entropy.mean().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in policy.trainable().values())
    assert any(p.grad is not None and p.grad.any() for p in policy.trainable().values())


def test_wrong_shapes_are_named():
    policy = make_policy()
    inputs = prompts(policy)
    with pytest.raises(ValueError, match=r"noise has shape \(3, 6\)"):
        sample(policy, inputs, noise(3), SamplingSettings(LENGTH))
    with pytest.raises(ValueError, match=r"tokens has shape \(3, 2\)"):
        completion_log_probs(policy, inputs, torch.zeros(3, 2, dtype=torch.long))
