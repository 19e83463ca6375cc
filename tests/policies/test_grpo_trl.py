"""GRPO's advantages and losses are TRL's: its own trainer computes the other side."""

import pytest
import torch

trl = pytest.importorskip("trl", reason="trl is not installed: pip install editenv[vlm]")
if not trl.__version__.startswith("1.16."):
    pytest.skip(f"compares with TRL 1.16, not {trl.__version__}", allow_module_level=True)

from datasets import Dataset  # noqa: E402 - comes with trl
from editenv_policies.grpo import LOSS_TYPES, SCALE_REWARDS, LossSettings, advantages, policy_loss  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from tokenizers import Tokenizer, models  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast  # noqa: E402

SEQUENCES, LENGTH, MAX_LENGTH = 6, 9, 12

VARIANTS = [
    {},
    {"clip_range_high": 0.08, "delta": 1.2},
    {"kl_coef": 0.1},
    {"kl_coef": 0.1, "kl_unbiased": True},
    {"entropy_coef": 0.05},
]

TOLERANCES = {torch.float32: 1e-6, torch.float64: 1e-12}


class FixedTrainer(trl.GRPOTrainer):
    """TRL's trainer, but what comes from a model or a reward function is given."""

    def _get_per_token_logps_and_entropies(self, *args, **kwargs):
        return self.given["log_probs"], self.given["entropies"], None

    def _generate(self, prompts):
        ids = [[2, 1]] * len(prompts)
        return ids, ids, None, ["a"] * len(prompts), None, {}, None, []


class RecordingTrainer(trl.GRPOTrainer):
    """TRL's trainer, which keeps what goes into each loss and what comes out."""

    def _get_per_token_logps_and_entropies(self, *args, **kwargs):
        self.last = super()._get_per_token_logps_and_entropies(*args, **kwargs)
        return self.last

    def _compute_loss(self, model, inputs):
        loss = super()._compute_loss(model, inputs)
        self.records = [*getattr(self, "records", []), (inputs, self.last, loss.detach())]
        return loss


@pytest.fixture(scope="module")
def make_trainer(tmp_path_factory):
    words = {word: index for index, word in enumerate(["<pad>", "<eos>", *"abcdefgh"])}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="<pad>")),
        pad_token="<pad>",
        eos_token="<eos>",
    )
    sizes = {"vocab_size": 10, "hidden_size": 8, "intermediate_size": 8}
    layers = {"num_hidden_layers": 1, "num_attention_heads": 1}
    ids = {"bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0}
    # From a folder, since the trainer reads its reference model from where its model came from.
    folder = str(tmp_path_factory.mktemp("model"))
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(**sizes, **layers, **ids)).save_pretrained(folder)

    def make(kind, reward=lambda completions, **_: [0.0] * len(completions), **arguments):
        config = trl.GRPOConfig(
            output_dir=str(tmp_path_factory.mktemp("trl")),
            use_cpu=True,
            bf16=False,
            report_to="none",
            disable_tqdm=True,
            per_device_train_batch_size=SEQUENCES,
            max_completion_length=MAX_LENGTH,
            **{"num_generations": 3, **arguments},
        )
        return kind(
            model=folder,
            reward_funcs=reward,
            args=config,
            train_dataset=Dataset.from_dict({"prompt": list("abcd")}),
            processing_class=tokenizer,
        )

    return make


def trl_arguments(loss):
    """The arguments of ``GRPOConfig`` for the same loss."""
    sequence = loss.loss_type == "gspo"
    return {
        "loss_type": "grpo" if sequence else loss.loss_type,
        "importance_sampling_level": "sequence" if sequence else "token",
        "epsilon": loss.clip_range,
        "epsilon_high": loss.clip_range_high,
        "delta": loss.delta,
        "beta": loss.kl_coef,
        "use_bias_correction_kl": loss.kl_unbiased,
        "entropy_coef": loss.entropy_coef,
    }


def draw(dtype, by_token=False):
    """Log-probabilities of ragged sequences with holes, one of them empty."""
    generator = torch.Generator().manual_seed(7)
    shape = (SEQUENCES, LENGTH)

    def normal(scale, *shape):
        return scale * torch.randn(shape, generator=generator, dtype=dtype)

    old = -normal(1.0, *shape).abs()
    mask = torch.rand(shape, generator=generator) < 0.8
    mask[1] = False
    mask[2, 4:] = False
    return {
        "log_probs": (old + normal(0.4, *shape)).requires_grad_(),
        "old_log_probs": old,
        "ref_log_probs": old + normal(0.4, *shape),
        "entropies": normal(1.0, *shape).abs().requires_grad_(),
        "advantages": normal(1.0, *(shape if by_token else shape[:1])),
        "mask": mask,
    }


def trl_loss(trainer, data, steps=1, num_tokens=None):
    trainer.given, trainer.current_gradient_accumulation_steps = data, steps
    trainer.model.train()  # an evaluation's loss would not be divided by the steps
    ids, mask = torch.ones(SEQUENCES, LENGTH, dtype=torch.long), data["mask"].long()
    inputs = {
        "prompt_ids": ids[:, :1],
        "prompt_mask": ids[:, :1],
        "completion_ids": ids,
        "completion_mask": mask,
        "num_items_in_batch": mask.sum() if num_tokens is None else torch.tensor(num_tokens),
        "advantages": data["advantages"],
        "old_per_token_logps": data["old_log_probs"],
        "ref_per_token_logps": data["ref_log_probs"],
    }
    return trainer._compute_loss(trainer.model, inputs)


def gradients(loss, data):
    leaves = data["log_probs"], data["entropies"]
    return torch.autograd.grad(loss, leaves, retain_graph=True, materialize_grads=True)


def check_same(ours, theirs, data, tolerance):
    torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=tolerance)
    for mine, other in zip(gradients(ours, data), gradients(theirs, data), strict=True):
        torch.testing.assert_close(mine, other, atol=tolerance, rtol=tolerance)
    assert gradients(ours, data)[0].abs().max() > 1e-4


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("loss_type", LOSS_TYPES)
def test_loss_gradients_and_figures_are_trls(make_trainer, loss_type, variant, dtype):
    loss = LossSettings(loss_type, clip_range=0.05, max_length=MAX_LENGTH, **variant)
    trainer = make_trainer(FixedTrainer, **trl_arguments(loss))
    data = draw(dtype)
    ours = policy_loss(loss, **data)
    check_same(ours.loss, trl_loss(trainer, data), data, TOLERANCES[dtype])
    logged = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    assert ours.clip_fraction.item() == pytest.approx(logged["clip_ratio/region_mean"], rel=1e-6)
    assert 0 < ours.clip_fraction < 1
    assert ours.entropy.item() == pytest.approx(logged["entropy"], rel=1e-6)
    if loss.kl_coef:
        assert ours.kl.item() == pytest.approx(logged["kl"], rel=1e-6)


@pytest.mark.parametrize("loss_type", LOSS_TYPES)
def test_accumulated_losses_are_trls(make_trainer, loss_type):
    loss = LossSettings(loss_type, max_length=MAX_LENGTH, entropy_coef=0.05)
    trainer = make_trainer(FixedTrainer, gradient_accumulation_steps=3, **trl_arguments(loss))
    data = draw(torch.float64)
    ours = policy_loss(loss, **data, accumulation_steps=3, num_tokens=100).loss
    check_same(ours, trl_loss(trainer, data, 3, num_tokens=100), data, 1e-12)


@pytest.mark.parametrize("loss_type", ["grpo", "dr_grpo", "dapo", "bnpo"])
def test_credit_by_token_is_trls(make_trainer, loss_type):
    loss = LossSettings(loss_type, clip_range=0.05, max_length=MAX_LENGTH)
    trainer = make_trainer(FixedTrainer, **trl_arguments(loss))
    data = draw(torch.float64, by_token=True)
    check_same(policy_loss(loss, **data).loss, trl_loss(trainer, data), data, 1e-12)


@pytest.mark.parametrize("scale_rewards", SCALE_REWARDS)
def test_advantages_are_trls(make_trainer, scale_rewards):
    given_rewards = []
    trainer = make_trainer(
        FixedTrainer,
        reward=lambda completions, **_: given_rewards,
        scale_rewards=scale_rewards,
        beta=0.0,
    )
    value = st.one_of(st.none(), st.floats(-9, 9, width=32), st.sampled_from([0.0, 1.0]))

    @settings(max_examples=60, deadline=None)
    @given(st.lists(value, min_size=SEQUENCES, max_size=SEQUENCES))
    def check(rewards):
        given_rewards[:] = rewards
        theirs = trainer._generate_and_score_completions([{"prompt": "a"}] * SEQUENCES)
        numbers = torch.tensor([float("nan") if reward is None else reward for reward in rewards])
        ours = advantages(numbers, 3, scale_rewards)
        torch.testing.assert_close(ours, theirs["advantages"], atol=1e-6, rtol=1e-6)

    check()


@pytest.mark.parametrize("loss_type", LOSS_TYPES)
def test_a_run_of_trl_has_our_losses(make_trainer, loss_type):
    loss = LossSettings(loss_type, max_length=MAX_LENGTH, kl_coef=0.05, kl_unbiased=True)
    trainer = make_trainer(
        RecordingTrainer,
        reward=lambda completion_ids, **_: [float(sum(ids)) for ids in completion_ids],
        gradient_accumulation_steps=2,
        num_iterations=2,
        max_steps=4,
        learning_rate=0.1,
        save_strategy="no",
        **trl_arguments(loss),
    )
    trainer.train()
    assert len(trainer.records) == 8
    ratios = []
    for inputs, (log_probs, _, _), theirs in trainer.records:
        ours = policy_loss(
            loss,
            log_probs,
            inputs["old_per_token_logps"],
            inputs["advantages"],
            inputs["completion_mask"],
            ref_log_probs=inputs["ref_per_token_logps"],
            accumulation_steps=2,
            num_tokens=inputs["num_items_in_batch"],
        )
        torch.testing.assert_close(ours.loss.detach(), theirs, atol=1e-6, rtol=1e-6)
        ratios.append(ours.mean_ratio.item())
    assert max(abs(ratio - 1) for ratio in ratios) > 0.01
