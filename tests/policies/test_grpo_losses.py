"""GRPO's advantages and losses: small examples by hand, and what must hold for any numbers."""

import math

import pytest
import torch
from editenv_policies.grpo import LOSS_TYPES, SCALE_REWARDS, LossSettings, advantages, policy_loss
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import pad

NAN, MAX_LENGTH = float("nan"), 6

every_loss = pytest.mark.parametrize("loss_type", LOSS_TYPES)
every_scale = pytest.mark.parametrize("scale_rewards", SCALE_REWARDS)
seeds = st.integers(0, 2**31 - 1)
brief = settings(max_examples=50, deadline=None)


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def make_settings(loss_type, **changes):
    return LossSettings(loss_type, max_length=MAX_LENGTH, **changes)


def draw(seed, on_policy=False):
    """A batch of up to six ragged sequences of up to five tokens."""
    generator = torch.Generator().manual_seed(seed)
    shape = tuple(torch.randint(1, high, (), generator=generator).item() for high in (7, 6))

    def normal(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    old = -normal(*shape).abs()
    return {
        "log_probs": (old.clone() if on_policy else old + 0.3 * normal(*shape)).requires_grad_(),
        "old_log_probs": old,
        "advantages": normal(shape[0]),
        "mask": torch.rand(shape, generator=generator) < 0.7,
        "ref_log_probs": old + 0.3 * normal(*shape),
    }


def gradient(constants, batch):
    loss = policy_loss(constants, **batch).loss
    return torch.autograd.grad(loss, batch["log_probs"])[0]


# Advantages


def test_advantages_by_hand():
    rewards = tensor([1, 0, 0, 1, 3, 3, 3, 3])
    centred, zeros = tensor([0.5, -0.5, -0.5, 0.5]), tensor([0.0] * 4)
    group, batch = 1 / math.sqrt(3), math.sqrt(13.5 / 7)
    expected = {"none": 1.0, "group": group + 1e-4, "batch": batch + 1e-4}
    for scale_rewards, divisor in expected.items():
        result = advantages(rewards, 4, scale_rewards)
        torch.testing.assert_close(result, torch.cat([centred / divisor, zeros]))


@every_scale
def test_samples_without_a_score_are_left_out(scale_rewards):
    mixed = advantages(tensor([1, NAN, 0, 0, NAN, 1]), 3, scale_rewards)
    scored = advantages(tensor([1, 0, 0, 1]), 2, scale_rewards)
    torch.testing.assert_close(mixed[[0, 2, 3, 5]], scored)
    assert mixed[[1, 4]].tolist() == [0.0, 0.0]


@every_scale
@pytest.mark.parametrize("rewards", [[7, NAN, NAN], [NAN] * 3, [2, 2, NAN], [5, 5, 5]])
def test_nothing_to_compare_gives_zeros(rewards, scale_rewards):
    assert advantages(tensor(rewards), 3, scale_rewards).tolist() == [0.0, 0.0, 0.0]


@every_scale
@brief
@given(data=st.data())
def test_a_permutation_of_groups_permutes_advantages(scale_rewards, data):
    reward = st.one_of(st.just(NAN), st.floats(-100, 100))
    group = st.lists(reward, min_size=4, max_size=4)
    rewards = tensor(data.draw(st.lists(group, min_size=1, max_size=5)))
    order = data.draw(st.permutations(range(len(rewards))))
    before = advantages(rewards.flatten(), 4, scale_rewards).unflatten(0, (-1, 4))
    after = advantages(rewards[list(order)].flatten(), 4, scale_rewards).unflatten(0, (-1, 4))
    torch.testing.assert_close(after, before[list(order)])
    assert after.isfinite().all()
    assert after.sum(1).abs().max() < 1e-6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((tensor([1, 2]), 2, "std"), r"scale_rewards is 'std'; accepted: \('group', 'batch'"),
        ((tensor([1, 2]), 1), "group_size is 1; accepted: at least 2"),
        ((tensor([1, 2, 3]), 2), r"rewards has shape \(3,\)"),
        ((torch.tensor([1, 2]), 2), "dtype torch.int64"),
        ((tensor([1, math.inf]), 2), r"infinite values, \[inf\]"),
    ],
)
def test_advantages_refuse(arguments, words):
    with pytest.raises(ValueError, match=words):
        advantages(*arguments)


# Losses


def test_averages_by_hand():
    batch = {
        "log_probs": tensor([[0, 0, 0], [0, 0, 0]]),
        "old_log_probs": None,
        "advantages": tensor([1, -2]),
        "mask": torch.tensor([[1, 0, 0], [1, 1, 1]]),
    }
    expected = {
        "grpo": (-1 + 2) / 2,
        "gspo": (-1 + 2) / 2,
        "dr_grpo": (-1 + 6) / (2 * MAX_LENGTH),
        "dapo": (-1 + 6) / 4,
        "bnpo": (-1 + 6) / 4,
    }
    for loss_type, loss in expected.items():
        result = policy_loss(make_settings(loss_type), **batch)
        assert result.loss.item() == pytest.approx(loss)
        assert result.mean_ratio.item() == 1
        assert result.clip_fraction.item() == 0
    assert policy_loss(make_settings("dapo"), **batch, num_tokens=10).loss.item() == 0.5


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "clipped"),
    [
        (1.25, 1, -1.25, 0),
        (1.4, 1, -1.3, 1),
        (1.4, -1, 1.4, 0),
        (0.5, 1, -0.5, 0),
        (0.5, -1, 0.8, 1),
        (3.0, -1, 2.0, 0),
    ],
)
@every_loss
def test_clipping_by_hand(loss_type, ratio, advantage, loss, clipped):
    constants = LossSettings(loss_type, 0.2, clip_range_high=0.3, delta=2.0, max_length=1)
    log_probs = tensor([[math.log(ratio)]])
    mask = torch.ones(1, 1, dtype=torch.bool)
    result = policy_loss(constants, log_probs, tensor([[0]]), tensor([advantage]), mask)
    assert result.loss.item() == pytest.approx(loss)
    assert result.clip_fraction.item() == clipped
    assert result.mean_ratio.item() == pytest.approx(ratio)


def test_a_sequence_has_the_geometric_mean_of_its_ratios():
    log_probs, mask = tensor([[2, 4, 99]]).log(), torch.tensor([[True, True, False]])
    constants = make_settings("gspo", clip_range_high=9)
    result = policy_loss(constants, log_probs, tensor([[0, 0, 0]]), tensor([1]), mask)
    assert result.mean_ratio.item() == pytest.approx(math.sqrt(8))
    assert result.loss.item() == pytest.approx(-math.sqrt(8))


def test_kl_and_entropy_by_hand():
    log_probs, reference = tensor([[0.5, 0.25]]).log(), tensor([[0.25, 0.25]]).log()
    mask = torch.ones(1, 2, dtype=torch.bool)
    constants = make_settings("grpo", kl_coef=0.1, entropy_coef=0.01)
    result = policy_loss(
        constants,
        log_probs,
        None,
        tensor([0]),
        mask,
        ref_log_probs=reference,
        entropies=tensor([[1, 3]]),
    )
    kl = (0.5 - math.log(0.5) - 1) / 2
    assert result.kl.item() == pytest.approx(kl)
    assert result.entropy.item() == 2
    assert result.loss.item() == pytest.approx(0.1 * kl - 0.01 * 2)


def test_the_unbiased_kl_has_the_gradient_of_the_kl():
    logits = tensor([0.3, -1.2, 0.8]).requires_grad_()
    reference = tensor([0.1, 0.2, -0.4]).log_softmax(0)
    log_probs = logits.log_softmax(0)
    exact = torch.autograd.grad((log_probs.exp() * (log_probs - reference)).sum(), logits)[0]
    estimates = {}
    for unbiased in (True, False):
        constants = make_settings("dr_grpo", kl_coef=1.0, kl_unbiased=unbiased)
        estimates[unbiased] = torch.zeros(3, dtype=torch.float64)
        for action, probability in enumerate(logits.softmax(0).detach()):
            new = logits.log_softmax(0)[action].view(1, 1)
            mask = torch.ones(1, 1, dtype=torch.bool)
            ref = reference[action].view(1, 1)
            loss = policy_loss(constants, new, None, tensor([0]), mask, ref_log_probs=ref).loss
            gradient = torch.autograd.grad(loss * MAX_LENGTH, logits)[0]
            estimates[unbiased] += probability * gradient
    torch.testing.assert_close(estimates[True], exact)
    assert (estimates[False] - exact).abs().max() > 0.1


def test_a_sequence_level_ratio_takes_one_advantage_a_sequence():
    zeros = torch.zeros(2, 3)
    with pytest.raises(ValueError, match=r"accepted for loss_type 'gspo': \[\(2,\)\]"):
        policy_loss(make_settings("gspo"), zeros, None, zeros, torch.ones(2, 3))


@every_loss
@brief
@given(seed=seeds)
def test_no_advantage_gives_no_gradient(loss_type, seed):
    batch = draw(seed)
    batch["advantages"] = torch.zeros_like(batch["advantages"])
    assert gradient(make_settings(loss_type), batch).abs().max() == 0


@every_loss
@brief
@given(seed=seeds)
def test_on_policy_the_gradient_is_reinforces(loss_type, seed):
    batch = draw(seed, on_policy=True)
    mask, lengths = batch["mask"], batch["mask"].sum(1, keepdim=True)
    weights = {
        "grpo": 1 / (len(mask) * lengths.clamp(min=1)),
        "dr_grpo": torch.full_like(lengths, 1, dtype=torch.float64) / (len(mask) * MAX_LENGTH),
        "dapo": 1 / lengths.sum().clamp(min=1).expand_as(lengths),
    }
    weights |= {"gspo": weights["grpo"], "bnpo": weights["dapo"]}
    reinforce = -weights[loss_type] * batch["advantages"].unsqueeze(1) * mask
    constants = make_settings(loss_type)
    torch.testing.assert_close(gradient(constants, batch), reinforce)
    torch.testing.assert_close(gradient(constants, batch | {"old_log_probs": None}), reinforce)


@every_loss
@pytest.mark.parametrize("unbiased", [False, True])
@brief
@given(seed=seeds)
def test_masked_tokens_change_nothing_whatever_they_hold(loss_type, unbiased, seed):
    constants = make_settings(loss_type, kl_coef=0.1, kl_unbiased=unbiased)
    batch = draw(seed)
    padded = dict(batch)
    for name, fill in {"log_probs": NAN, "old_log_probs": -math.inf, "ref_log_probs": NAN}.items():
        hidden = batch[name].detach().masked_fill(~batch["mask"], fill)
        padded[name] = pad(hidden, (0, 2), value=fill)
    padded["mask"] = pad(batch["mask"], (0, 2), value=False)
    padded["log_probs"].requires_grad_()
    result, other = policy_loss(constants, **batch), policy_loss(constants, **padded)
    for name in ("loss", "kl", "clip_fraction", "mean_ratio"):
        torch.testing.assert_close(getattr(other, name), getattr(result, name))
    inside, outside = gradient(constants, padded).split([batch["mask"].shape[1], 2], dim=1)
    torch.testing.assert_close(inside, gradient(constants, batch))
    assert inside[~batch["mask"]].abs().sum() == outside.abs().sum() == 0


@every_loss
@brief
@given(seed=seeds)
def test_micro_batches_add_up(loss_type, seed):
    batch = draw(seed)
    batch["entropies"] = batch["old_log_probs"].abs()
    batch = {name: torch.cat([value, value.flip(0)]) for name, value in batch.items()}
    constants = make_settings(loss_type, kl_coef=0.1, entropy_coef=0.1)
    halves = [{name: value.chunk(2)[half] for name, value in batch.items()} for half in range(2)]
    parts = [
        policy_loss(constants, **half, accumulation_steps=2, num_tokens=batch["mask"].sum()).loss
        for half in halves
    ]
    torch.testing.assert_close(sum(parts), policy_loss(constants, **batch).loss)


@every_loss
@pytest.mark.parametrize("difference", [-1e4, 1e4])
@pytest.mark.parametrize("advantage", [-1.0, 1.0])
def test_extreme_ratios_leave_loss_and_gradient_finite(loss_type, difference, advantage):
    batch = {
        "log_probs": torch.tensor([[difference, -1.0]], requires_grad=True),
        "old_log_probs": torch.tensor([[0.0, -1.0]]),
        "advantages": torch.tensor([advantage]),
        "mask": torch.ones(1, 2, dtype=torch.bool),
        "ref_log_probs": torch.tensor([[-difference, -1.0]]),
    }
    constants = make_settings(loss_type, kl_coef=0.1, delta=4.0)
    assert policy_loss(constants, **batch).loss.isfinite()
    assert gradient(constants, batch).isfinite().all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"loss_type": "ppo"}, r"loss_type is 'ppo'; accepted: \('grpo'"),
        ({"clip_range": 1.5}, "clip_range is 1.5; accepted: 0 to 1"),
        ({"clip_range_high": -0.1}, "clip_range_high is -0.1; accepted: at least 0"),
        ({"kl_coef": NAN}, "kl_coef is nan; accepted: at least 0"),
        ({"entropy_coef": -1}, "entropy_coef is -1; accepted: at least 0"),
        ({"delta": 1.1}, "delta is 1.1; accepted: None, or above .* 1.2"),
        ({"loss_type": "dr_grpo"}, "max_length is None; accepted for loss_type 'dr_grpo'"),
        ({"max_length": 0}, "max_length is 0; accepted: None, or at least 1"),
    ],
)
def test_settings_refuse(arguments, words):
    with pytest.raises(ValueError, match=words):
        LossSettings(**arguments)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"log_probs": torch.zeros(3)}, r"log_probs has shape \(3,\); accepted: \(N, T\)"),
        ({"mask": torch.ones(2, 2)}, r"mask has shape \(2, 2\); accepted: \(2, 3\)"),
        ({"mask": torch.ones(2, 4)}, r"mask has shape \(2, 4\); accepted: \(2, 3\)"),
        (
            {"advantages": torch.zeros(3)},
            r"advantages has shape \(3,\); .* 'dapo': \[\(2,\), \(2, 3\)\]",
        ),
        ({"ref_log_probs": None}, "ref_log_probs is None; accepted with kl_coef = 0.1"),
        ({"entropies": None}, "entropies is None; accepted with entropy_coef = 0.1"),
        ({"accumulation_steps": 0}, "accumulation_steps is 0; accepted: at least 1"),
        ({"accumulation_steps": 2}, "num_tokens is None; accepted for loss_type 'dapo' with"),
    ],
)
def test_losses_refuse(changes, words):
    names = ("log_probs", "old_log_probs", "mask", "ref_log_probs", "entropies")
    batch = {name: torch.zeros(2, 3) for name in names} | {"advantages": torch.zeros(2)}
    with pytest.raises(ValueError, match=words):
        policy_loss(LossSettings(kl_coef=0.1, entropy_coef=0.1), **(batch | changes))
