"""TRL trains a tiny random Qwen3-VL whose tool calls edit the picture: `environment_factory`."""

import json
import os

import pytest
import torch

trl = pytest.importorskip("trl", reason="trl is not installed: pip install editenv[vlm]")

from datasets import Dataset  # noqa: E402 - comes with trl
from tiny_qwen import call_text, sayable, tiny_qwen  # noqa: E402
from transformers.utils import get_json_schema  # noqa: E402

from editenv.text import ImageEditTools, rows  # noqa: E402

os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

ID, STEPS, GROUP, CALLS, SIDE = "ImageEdit-Direct-v0", 2, 4, 3, 64
SAYS = [
    call_text("remove", subject="squash"),
    call_text("flip", subject="whole image", goal="horizontal"),
    call_text("remove", subject=""),  # raises: the model is told so
    call_text("hand_in"),
]


class RecordingTrainer(trl.GRPOTrainer):
    """TRL's trainer, which keeps what was said and how it was paid."""

    def _generate(self, prompts):
        generated = super()._generate(prompts)
        self.records = [*getattr(self, "records", []), [prompts, generated, None]]
        return generated

    def _calculate_rewards(self, *arguments):
        self.records[-1][2] = super()._calculate_rewards(*arguments)
        return self.records[-1][2]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    factory = ImageEditTools(ID, tools=["flip", "remove_texture"])
    data = rows(ID, indices=[4, 5], image_size=SIDE)
    environment = factory()
    methods = (environment.flip, environment.remove, environment.hand_in)
    texts = [row["prompt"][0]["content"][0]["text"] for row in data]
    texts += [json.dumps(get_json_schema(method)) for method in methods]
    model, processor = tiny_qwen(SAYS, texts, SIDE)
    said = sayable(processor.tokenizer, SAYS)
    config = trl.GRPOConfig(
        output_dir=str(tmp_path_factory.mktemp("trl")),
        max_steps=STEPS,
        per_device_train_batch_size=GROUP,
        num_generations=GROUP,
        max_completion_length=512,
        max_tool_calling_iterations=CALLS,
        learning_rate=1e-3,
        generation_kwargs={
            "suppress_tokens": [i for i in range(len(processor.tokenizer)) if i not in said]
        },
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        disable_tqdm=True,
    )
    trainer = RecordingTrainer(
        model=model,
        processing_class=processor,
        environment_factory=factory,
        train_dataset=Dataset.from_list(data),
        args=config,
    )
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    trainer.train()
    return trainer, before


def replayed(completion, index):
    """What the environment pays for the calls of a conversation, made once more."""
    environment = ImageEditTools(ID, tools=["flip", "remove_texture"])()
    environment.reset(**rows(ID, indices=[index], image_size=SIDE)[0])
    for position, message in enumerate(completion):
        answered = position + 1 < len(completion)
        for call in message.get("tool_calls", ()) if answered else ():
            try:
                getattr(environment, call["function"]["name"])(**call["function"]["arguments"])
            except (ValueError, RuntimeError):
                continue
    return environment.get_reward()


def test_the_weights_change_in_the_eye_too(run):
    trainer, before = run
    changed = {n for n, w in trainer.model.named_parameters() if not torch.equal(w, before[n])}
    assert any("visual" in name for name in changed)
    assert any("language_model" in name for name in changed)
    assert all(torch.isfinite(weight).all() for weight in trainer.model.parameters())


def test_calls_are_made_and_those_that_raise_are_counted(run):
    trainer, _ = run
    logged = [entry for entry in trainer.state.log_history if "tools/call_frequency" in entry]
    assert len(logged) == STEPS
    assert all(1 <= entry["tools/call_frequency"] <= CALLS for entry in logged)
    assert any(0 < entry["tools/failure_frequency"] < 1 for entry in logged)


def test_the_row_becomes_picture_and_instruction(run):
    trainer, _ = run
    instructions = {
        "Make the squash disappear, please.",
        "Flip the picture so that left becomes right, please.",
    }
    for prompts, *_ in trainer.records:
        for _, user in prompts:
            picture, text = user["content"]
            assert picture["image"].size == (SIDE, SIDE)
            assert text["text"] in instructions


def test_every_answer_of_a_tool_shows_a_picture_that_the_model_sees(run):
    trainer, _ = run
    pad = trainer.processing_class.image_token_id
    patches = (SIDE // 32) ** 2
    seen = 0
    for _, generated, _ in trainer.records:
        _, ids, mask, completions, *_, pictures = generated
        for sequence, trained, completion, shown in zip(
            ids, mask, completions, pictures, strict=True
        ):
            answers = [message for message in completion if message["role"] == "tool"]
            blocks = [a["content"] for a in answers if isinstance(a["content"], list)]
            assert [block[0]["image"] for block in blocks] == shown
            assert sequence.count(pad) == patches * len(shown)
            # Only what the model itself said is trained.
            assert sum(trained) == sum(message["role"] == "assistant" for message in completion)
            seen += len(shown)
    assert seen > 0


def test_the_reward_is_the_environments(run):
    trainer, _ = run
    paid = []
    for prompts, generated, rewards in trainer.records:
        texts = [user["content"][1]["text"] for _, user in prompts]
        expected = [
            replayed(completion, 4 if "squash" in text else 5)
            for completion, text in zip(generated[3], texts, strict=True)
        ]
        assert rewards.flatten().tolist() == pytest.approx(expected)
        paid += expected
    assert len(set(paid)) > 1
    assert "rewards/ImageEditDirectv0Tools/mean" in trainer.state.log_history[0]
