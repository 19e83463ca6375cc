"""Chat models in this process: batches, seeds, what is never written, failures, sharing."""

import copy
import gc
import pickle
import shutil
import sys
import weakref

import pytest
import torch
from editenv_policies.small_vlm import chat, model_folder
from gymnasium.error import DependencyNotInstalled
from tiny_chat import TEMPLATE, ask, noise

from editenv.answers import parse_answer
from editenv.envs.text import ImageEditTextEnv
from editenv.failure import Failure
from editenv.models.chat import ChatModel, make_chat_model
from editenv.models.chat.generation import unwritten
from editenv.models.chat.local import LocalChatModel

CHATS = [
    ask("make the dog red", noise(0)),
    ask("remove", noise(1, 40, 24)),
    ask("the left cat, then the other one, then make the dog red", noise(2)),
    ask("hi"),
    ask("which of these?", noise(3), noise(4)),
]


@pytest.fixture(params=["trained llava", "random idefics"])
def model(request, idefics):
    folder = idefics if "idefics" in request.param else model_folder()
    return LocalChatModel(folder, dtype="float32", device="cpu")


def test_it_is_a_chat_model_and_is_named_after_its_folder(llava):
    model = make_chat_model(f"transformers:{llava}")
    assert isinstance(model, ChatModel)
    assert model.name == "transformers:llava"


def test_a_batch_answers_as_one_by_one(model):
    together = model.complete(CHATS, max_tokens=12)
    alone = [model.complete([chat], max_tokens=12)[0] for chat in CHATS]
    assert together == alone
    assert all(isinstance(answer, str) for answer in together)
    assert any(together)


def test_the_committed_model_answers_as_it_was_trained():
    env = ImageEditTextEnv("ImageEdit-Direct-v0", image_size=128)
    observation, _ = env.reset(options={"task": 5})
    messages = chat(observation["text"])
    messages[1]["content"][0]["image"] = observation["image"]
    (answer,) = LocalChatModel(model_folder()).complete([messages], max_tokens=64)
    assert isinstance(answer, str)
    assert parse_answer(answer).edits == parse_answer(env.reference_answer()).edits


def test_samples_follow_the_seed_and_not_the_batch(model):
    def sample(chats, seed):
        return model.complete(chats, max_tokens=12, temperature=1.0, seed=seed)

    first = sample(CHATS, 7)
    assert first == sample(CHATS, 7)
    assert first != sample(CHATS, 8)
    assert first[:3] == sample(CHATS[:3], 7)
    small = LocalChatModel(model._pretrained.folder, batch_size=1, device="cpu")
    assert first == small.complete(CHATS, max_tokens=12, temperature=1.0, seed=7)
    assert len(set(sample([CHATS[0]] * 4, 7))) == 4


@pytest.fixture
def watched(llava, monkeypatch):
    """A model, and the tokens that it writes."""
    model = LocalChatModel(llava, batch_size=64)
    inner, written = model._pretrained.model, []
    generate = inner.generate

    def watch(**arguments):
        tokens = generate(**arguments)
        written.extend(tokens[:, arguments["input_ids"].shape[1] :].flatten().tolist())
        return tokens

    monkeypatch.setattr(inner, "generate", watch)
    return model, written


def test_samples_have_the_models_frequencies(watched):
    model, written = watched
    inner, tokenizer = model._pretrained.model, model._pretrained.processor.tokenizer
    with torch.no_grad():
        logits = inner(**model._encode([model._prepared(CHATS[3])])).logits[0, -1]
    logits[unwritten(inner, tokenizer)] = -torch.inf
    wanted = (logits / 0.3).softmax(-1)
    model.complete([CHATS[3]] * 2000, max_tokens=1, temperature=0.3)
    found = torch.tensor(written).bincount(minlength=len(wanted)) / 2000
    assert wanted.max() < 0.5
    assert float((found - wanted).abs().max()) < 0.03
    chance = (wanted * (1 - wanted) / 2000).sqrt()
    assert float(((found - wanted).abs() < 3 * chance + 1e-3).float().mean()) > 0.98


def test_what_stands_for_a_picture_is_never_written(watched):
    model, written = watched
    config = model._pretrained.config
    # So hot that every token is as likely as any other.
    model.complete([ask("hi", noise(i)) for i in range(64)], max_tokens=100, temperature=1e6)
    assert len(set(written)) > 0.9 * config.get_text_config().vocab_size
    assert config.image_token_index not in written


def test_control_tokens_in_a_users_words_are_plain_text(model):
    words = "a <|image|> <image> <|end|> <end_of_utterance>"
    evil = model._prepared(ask(words, noise(0)))
    honest = model._prepared(ask("a", noise(0)))
    special = set(model._pretrained.processor.tokenizer.all_special_ids)

    def control_tokens(chat):
        return sum(token in special for token in model._encode([chat])["input_ids"][0].tolist())

    assert control_tokens(evil) == control_tokens(honest)
    (answer,) = model.complete([ask(words, noise(0))], max_tokens=4)
    assert isinstance(answer, str)


def test_a_conversation_that_is_too_long_fails_alone(llava):
    model = LocalChatModel(llava)
    long = ask("remove the cat " * 400, noise(0))
    short, failure, other = model.complete([CHATS[0], long, CHATS[1]], max_tokens=5)
    assert [short, other] == model.complete(CHATS[:2], max_tokens=5)
    assert failure.kind == "rejected"
    assert failure.component == "transformers:llava"
    assert "512" in failure.detail


def test_an_answer_ends_where_the_positions_do(llava):
    (answer,) = LocalChatModel(llava).complete([CHATS[0]], max_tokens=5_000)
    assert isinstance(answer, str)


class TestFailures:
    def test_a_batch_that_does_not_fit_is_answered_one_by_one(self, llava, monkeypatch):
        model = LocalChatModel(llava)
        wanted = model.complete(CHATS[:3], max_tokens=5)
        inner, asked = model._pretrained.model, []
        generate = inner.generate

        def greedy(**arguments):
            asked.append(len(arguments["input_ids"]))
            if asked[-1] > 1:
                raise torch.OutOfMemoryError("out of memory")
            return generate(**arguments)

        monkeypatch.setattr(inner, "generate", greedy)
        assert model.complete(CHATS[:3], max_tokens=5) == wanted
        assert asked == [3, 1, 1, 1]

    def test_what_the_model_raises_is_a_failure(self, llava, monkeypatch):
        model = LocalChatModel(llava)

        def broken(**arguments):
            raise torch.OutOfMemoryError("no room for 7 GiB")

        monkeypatch.setattr(model._pretrained.model, "generate", broken)
        first, second = model.complete(CHATS[:2])
        assert first.kind == second.kind == "error"
        assert first.attempts == 2
        assert "7 GiB" in first.detail
        assert isinstance(model.complete(CHATS[:1])[0], Failure)

    def test_no_room_for_the_weights_is_a_failure(self, llava, monkeypatch):
        model = LocalChatModel(llava, dtype="float16")

        def no_room(self):
            raise torch.OutOfMemoryError("no room")

        monkeypatch.setattr("editenv.models.pretrained.Pretrained._load_model", no_room)
        assert [failure.kind for failure in model.complete(CHATS[:2])] == ["error"] * 2


class TestBadInput:
    @pytest.mark.parametrize("where", ["nowhere", ""])
    def test_no_such_folder(self, where, tmp_path):
        with pytest.raises(ValueError, match="folder="):
            LocalChatModel(tmp_path / where)

    def test_a_model_of_another_kind(self, detectors):
        with pytest.raises(ValueError, match="owlvit"):
            LocalChatModel(detectors["owlvit"])

    def test_pickled_weights_are_not_read(self, llava, tmp_path):
        folder = tmp_path / "pickled"
        shutil.copytree(llava, folder)
        model = LocalChatModel(llava)._pretrained.model
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
        with pytest.raises(ValueError, match="safetensors"):
            LocalChatModel(folder).complete(CHATS[:1])

    def test_missing_weights_are_not_made_up(self, llava, tmp_path):
        from safetensors.torch import load_file, save_file

        folder = tmp_path / "half"
        shutil.copytree(llava, folder)
        weights = load_file(folder / "model.safetensors")
        lost = next(name for name in weights if "layers.1" in name)
        del weights[lost]
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(ValueError, match="1 weights are missing"):
            LocalChatModel(folder).complete(CHATS[:1])

    @pytest.mark.parametrize(
        "option",
        [{"device": "abacus"}, {"dtype": "float8"}, {"batch_size": 0}, {"batch_size": True}],
        ids=str,
    )
    def test_bad_arguments(self, llava, option):
        (name,) = option
        with pytest.raises(ValueError, match=name):
            LocalChatModel(llava, **option)

    @pytest.mark.parametrize("how", [{"max_tokens": 0}, {"temperature": -1.0}], ids=str)
    def test_bad_settings(self, llava, how):
        with pytest.raises(ValueError, match=next(iter(how))):
            LocalChatModel(llava).complete(CHATS[:1], **how)

    @pytest.mark.parametrize(
        "options", ["speed=3", "batch_size=x", "dtype", "batch_size=1&batch_size=2"]
    )
    def test_bad_options(self, llava, options):
        with pytest.raises(ValueError, match=options.partition("=")[0]):
            make_chat_model(f"transformers:{llava}?{options}")

    def test_a_processor_that_needs_another_package(self, llava, tmp_path, monkeypatch):
        """As Qwen2.5-VL's and SAM 2's do, whose models work without it."""
        import transformers

        def needs_torchvision(*arguments, **named):
            raise ImportError("VideoProcessor requires the Torchvision library")

        folder = tmp_path / "own"
        shutil.copytree(llava, folder)
        monkeypatch.setattr(transformers.AutoProcessor, "from_pretrained", needs_torchvision)
        with pytest.raises(DependencyNotInstalled, match="pip install torchvision"):
            LocalChatModel(folder)

    @pytest.mark.parametrize("package", ["torch", "transformers"])
    def test_a_missing_package(self, llava, package, monkeypatch):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(DependencyNotInstalled, match="pip install transformers torch"):
            make_chat_model(f"transformers:{llava}")


class TestTemplates:
    def test_without_one_how_it_is_spoken_to_is_not_known(self, untold):
        with pytest.raises(ValueError, match="template="):
            LocalChatModel(untold)

    def test_one_may_be_given(self, untold, idefics, tmp_path):
        file = tmp_path / "chat template.jinja"
        file.write_text(TEMPLATE)
        wanted = LocalChatModel(idefics).complete(CHATS, max_tokens=8)
        for model in (
            LocalChatModel(untold, template=TEMPLATE),
            make_chat_model(f"transformers:{untold}?template={file}"),
        ):
            assert model.complete(CHATS, max_tokens=8) == wanted

    def test_its_file_must_be_there(self, untold, tmp_path):
        with pytest.raises(ValueError, match="template="):
            make_chat_model(f"transformers:{untold}?template={tmp_path / 'none'}")


class TestSharing:
    def test_weights_are_loaded_late_and_once(self, llava, tmp_path, monkeypatch):
        folder = tmp_path / "own"
        shutil.copytree(llava, folder)
        from editenv.models.pretrained import Pretrained

        loads, load = [], Pretrained._load_model
        monkeypatch.setattr(
            Pretrained, "_load_model", lambda self: loads.append(self.folder) or load(self)
        )
        models = [LocalChatModel(folder) for _ in range(3)]
        assert not loads
        answers = [model.complete(CHATS[:1], max_tokens=4) for model in models]
        assert answers[0] == answers[1] == answers[2]
        assert loads == [str(folder)]

    def test_the_last_one_that_is_closed_frees_them(self, llava, tmp_path):
        folder = tmp_path / "own"
        shutil.copytree(llava, folder)
        one, two = LocalChatModel(folder), LocalChatModel(folder)
        wanted = one.complete(CHATS[:1], max_tokens=4)
        two.complete(CHATS[:1], max_tokens=4)
        weights = weakref.ref(one._pretrained.model)
        one.close()
        assert weights() is not None
        two.close()
        assert weights() is None
        assert one.complete(CHATS[:1], max_tokens=4) == wanted

    def test_so_does_the_last_one_that_is_forgotten(self, llava, tmp_path):
        folder = tmp_path / "own"
        shutil.copytree(llava, folder)
        model = LocalChatModel(folder)
        model.complete(CHATS[:1], max_tokens=4)
        weights = weakref.ref(model._pretrained.model)
        del model
        gc.collect()
        assert weights() is None

    def test_copies_share_it_and_pickles_have_no_weights(self, llava):
        model = LocalChatModel(llava, batch_size=3)
        assert copy.deepcopy(model) is model
        data = pickle.dumps(model)
        assert len(data) < 2_000
        again = pickle.loads(data)
        assert again.complete(CHATS, max_tokens=4) == model.complete(CHATS, max_tokens=4)
