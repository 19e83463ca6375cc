"""The small model: its words, its shape, what it learns from, and that it goes on where it was."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install editenv[vlm]")
pytest.importorskip(
    "transformers", reason="transformers is not installed: pip install editenv[vlm]"
)

from editenv_policies.grpo_vlm import EditProblems, evaluate, load_policy  # noqa: E402
from editenv_policies.grpo_vlm.evaluation import TERMS  # noqa: E402
from editenv_policies.small_vlm import (  # noqa: E402
    PROMPTS,
    SHORT_PROMPT,
    Size,
    build,
    chat,
    count_parameters,
    make_tokenizer,
    model_folder,
    with_short_prompt,
)
from editenv_policies.small_vlm import data as data_module  # noqa: E402
from editenv_policies.small_vlm.answering import NOT_LEARNED, Answering, Talk, mixed  # noqa: E402
from editenv_policies.small_vlm.data import (  # noqa: E402
    COUNTS,
    FIRST,
    SCENES,
    TURNS,
    Drawn,
    draw,
    record,
)
from editenv_policies.small_vlm.points import NUMBERS, coarse  # noqa: E402
from editenv_policies.small_vlm.saving import pack, save, unpack  # noqa: E402
from editenv_policies.small_vlm.scenes import COLOUR_NAMES, object_names, seen  # noqa: E402
from editenv_policies.small_vlm.seeing import (  # noqa: E402
    Labels,
    Seeing,
    place_codes,
    things_of_patches,
)
from editenv_policies.small_vlm.stand_ins import StandIns  # noqa: E402
from editenv_policies.small_vlm.tokenizer import (  # noqa: E402
    IMAGE,
    LEAST_VOCABULARY,
    TAGS,
    embeddings_of,
)
from editenv_policies.small_vlm.training import Schedule, Training  # noqa: E402
from editenv_policies.small_vlm.vocabulary import phrases  # noqa: E402
from transformers import AutoModelForImageTextToText, AutoProcessor, AutoTokenizer  # noqa: E402

from editenv.encoders import StaticTextEncoder  # noqa: E402
from editenv.envs.text import ImageEditTextEnv, to_dataset  # noqa: E402
from editenv.types import Region  # noqa: E402

ANSWER = "<action>move</action><subject>kite</subject><goal>up</goal>"
TINY = Size(picture=128, eye=32, eye_layers=(1, 1), layers=1, inner=64)
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_small_vlm.py"
KINDS = {SCENES: 6, TURNS: 6, "ImageEdit-v0": 6, "ImageEdit-Retouch-v0": 6}


@pytest.fixture(scope="module")
def tokenizer():
    return make_tokenizer(1000, phrases())


@pytest.fixture(scope="module")
def built(tokenizer):
    return build(tokenizer, TINY)


@pytest.fixture(scope="module")
def saved(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    for part in built:
        part.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    assert sum(draw(folder, KINDS)) == sum(KINDS.values())
    return folder


@pytest.fixture(scope="module")
def drawn(folder):
    return Drawn(folder)


class TestTokenizer:
    @pytest.mark.parametrize("text", [ANSWER, "a na\u00efve \u732b \U0001f642\n\tkite", ""])
    def test_every_text_survives(self, tokenizer, text):
        said = tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True)
        assert said.replace("> ", ">") == text

    def test_a_tag_is_one_token_and_no_special_one(self, tokenizer):
        ids = tokenizer.convert_tokens_to_ids(list(TAGS))
        assert len(set(ids)) == len(TAGS) == 6
        assert tokenizer(ANSWER)["input_ids"][0] == ids[0]
        assert not set(ids) & set(tokenizer.all_special_ids)

    def test_what_answers_consist_of_is_one_token_wherever_it_stands(self, tokenizer):
        for phrase in phrases():
            (alone,) = tokenizer(phrase)["input_ids"]
            for text in (f"Move the {phrase} up.", f"<goal>{phrase}; left {phrase}</goal>"):
                assert alone in tokenizer(text)["input_ids"]

    def test_a_vocabulary_has_room_for_all_bytes(self):
        with pytest.raises(ValueError, match=f"size=100 must be at least {LEAST_VOCABULARY}"):
            make_tokenizer(100)

    def test_words_begin_as_the_text_encoder_has_them(self, tokenizer):
        table = embeddings_of(tokenizer)
        pooled = StaticTextEncoder().pooled

        def vector(text):
            (token,) = tokenizer(text)["input_ids"]
            return table[token]

        assert torch.allclose(vector("goat"), torch.from_numpy(pooled("goat")))
        assert float(vector("bear") @ vector("teddy bear")) > 0.5
        numbers = torch.stack([vector(number) for number in NUMBERS])
        assert (numbers @ numbers.T - torch.eye(len(NUMBERS))).abs().max() < 0.5


class TestModel:
    @pytest.mark.parametrize(
        ("sizes", "name"), [({"picture": 100}, "picture"), ({"eye": 40}, "eye")]
    )
    def test_sizes_that_do_not_fit_are_refused(self, sizes, name):
        with pytest.raises(ValueError, match=f"{name}="):
            Size(**sizes)

    def test_the_default_size_is_small(self):
        model, _ = build(make_tokenizer(phrases=phrases()))
        assert 7_000_000 < count_parameters(model) < 9_000_000

    def test_the_seed_makes_the_weights_and_leaves_torch_alone(self, tokenizer):
        state = torch.get_rng_state()
        weights = [
            build(tokenizer, TINY, seed)[0].model.multi_modal_projector.linear_1.weight
            for seed in (0, 0, 1)
        ]
        assert torch.equal(state, torch.get_rng_state())
        assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])

    def test_the_auto_classes_load_it_without_remote_code(self, built, saved):
        model = AutoModelForImageTextToText.from_pretrained(saved, trust_remote_code=False).eval()
        processor = AutoProcessor.from_pretrained(saved, trust_remote_code=False)
        assert not list(saved.glob("*.py"))
        picture = np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)
        outputs = []
        for one, reader in (built, (model, processor)):
            text = reader.apply_chat_template(chat("Move the kite."), add_generation_prompt=True)
            inputs = reader(images=[picture], text=[text], return_tensors="pt")
            outputs.append(one.eval()(**inputs).logits)
        assert torch.equal(*outputs)

    def test_a_picture_takes_as_many_tokens_as_patches(self, built):
        _, processor = built
        text = processor.apply_chat_template(chat("Go."))
        ids = processor(images=[np.zeros((9, 9, 3), np.uint8)], text=[text])["input_ids"][0]
        image = processor.tokenizer.convert_tokens_to_ids(IMAGE)
        assert list(ids).count(image) == TINY.grid**2 == 64

    def test_the_placeholder_of_a_picture_is_never_written(self, built):
        model, processor = built
        image = processor.tokenizer.convert_tokens_to_ids(IMAGE)
        assert model.generation_config.suppress_tokens == [image]

    def test_eight_bits_are_nearly_the_same(self, built, tmp_path):
        model, processor = built
        save(model, processor, tmp_path / "half")
        pack(tmp_path / "half", tmp_path / "packed")
        unpack(tmp_path / "packed", tmp_path / "again")
        size = sum(path.stat().st_size for path in (tmp_path / "packed").glob("*.safetensors"))
        assert size < 1.1 * count_parameters(model)
        found = AutoModelForImageTextToText.from_pretrained(tmp_path / "again", dtype=torch.float32)
        AutoProcessor.from_pretrained(tmp_path / "again")
        for (name, one), other in zip(model.named_parameters(), found.parameters(), strict=True):
            assert (one - other).abs().max() <= one.abs().max() / 100, name


class TestData:
    def test_records_depend_on_seed_and_number_only(self):
        for kind in KINDS:
            first, second = record(kind, 3), record(kind, 3)
            assert first.turns == second.turns
            assert np.array_equal(first.seen.picture, second.seen.picture)
        assert record(SCENES, 3, seed=1).turns != record(SCENES, 3).turns

    def test_they_are_of_the_train_split_and_of_numbers_that_others_leave(self):
        assert {record(kind, 0).split for kind in COUNTS} == {"train"}
        assert FIRST >= 100_000

    def test_both_answers_solve_the_task(self):
        for subjects, prompt in PROMPTS.items():
            env = ImageEditTextEnv("ImageEdit-v0", image_size=128, subjects=subjects)
            solved = 0
            for number in range(12):
                (answer,) = (a for p, _, a in record("ImageEdit-v0", number).turns if p == prompt)
                solved += env.score_answers(FIRST + number, [answer])[0]["is_success"]
            # A coarse point may miss a thin thing.
            assert solved >= 11

    def test_turns_ask_for_the_next_edit_and_then_for_none(self):
        made = {}
        for number in range(12):
            ((_, question, answer),) = record(TURNS, number).turns
            done = question.count("After answer")
            made.setdefault(done, []).append("<action></action>" in answer)
        assert not any(made[0]) and any(made[1]) and not all(made[1])

    def test_a_coarse_point_is_near(self):
        for number in range(101):
            across, down = coarse(f"{number} 50").split()
            assert abs(int(across) - number) <= 4 and down == "53"
            assert {across, down} <= set(NUMBERS)
        assert coarse("left mug; 3 97") == "left mug; 3 96"

    def test_shards_that_are_there_are_kept(self, folder, monkeypatch):
        monkeypatch.setattr(data_module, "record", None)
        assert sum(draw(folder, KINDS)) == sum(KINDS.values())

    def test_a_folder_without_records_is_refused(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="no drawn records"):
            Drawn(tmp_path)

    def test_what_is_seen_is_what_stands_there(self):
        picture = np.zeros((128, 128, 3), np.uint8)
        mask = np.zeros((128, 128), np.uint8)
        mask[:64, :64], picture[:64, :64] = 255, (212, 34, 38)
        name = object_names()[5]
        found = seen(picture, [Region.from_mask(name, mask)])
        assert found.names[0] == 5 and COLOUR_NAMES[found.colours[0]] == "red"
        patches = things_of_patches(found.things).reshape(8, 8)
        assert patches[:4, :4].all() and patches.sum() == 16


class TestSeeing:
    def test_a_patch_is_to_become_its_regions_vector_and_its_place(self, drawn):
        labels = Labels(drawn)(np.flatnonzero(drawn.kinds == SCENES)[:1])
        places = place_codes(8)
        assert len({tuple(code.tolist()) for code in places}) == 64
        rest = labels["tokens"][0] - 0.5 * places
        assert torch.allclose(rest.norm(dim=1), torch.ones(64), atol=0.01)
        shown = labels["names"][0] > 0
        assert shown.any() and not shown.all()

    def test_the_faults_of_retouch_are_known_and_no_others(self, drawn):
        faults = Labels(drawn).faults
        retouch = drawn.kinds == "ImageEdit-Retouch-v0"
        assert (faults[retouch] >= 0).all() and faults[retouch].max() > 0
        assert (faults[~retouch] == -1).all()

    def test_it_learns(self, tokenizer, drawn):
        model, _ = build(tokenizer, TINY)
        seeing = Seeing(model, drawn, 0, 4)
        optimizer = torch.optim.Adam(seeing.parameters(), 3e-3)
        losses = []
        for _ in range(25):
            losses.append(seeing(0))
            losses[-1].backward()
            optimizer.step()
            optimizer.zero_grad()
        assert losses[-1] < 0.7 * losses[0]


class TestAnswering:
    def test_the_model_reads_what_its_processor_writes(self, built, drawn):
        _, processor = built
        talk = Talk(processor, drawn)
        number = int(np.flatnonzero(drawn.kinds == "ImageEdit-v0")[0])
        (tokens,), (labels,) = talk.batch(np.array([number]), np.random.default_rng(0))
        written = processor.tokenizer.decode(tokens)
        prompt, question, _ = next(t for t in drawn.turns[number] if t[0] in written[:60])
        text = processor.apply_chat_template(chat(question, prompt), add_generation_prompt=True)
        ids = processor(images=[drawn.picture[number]], text=[text])["input_ids"][0]
        assert list(tokens[: len(ids)]) == list(ids)
        said = processor.tokenizer.decode(labels[labels != NOT_LEARNED]).replace("> ", ">")
        assert said.replace("; ", ";").startswith("<action>") and said.endswith("<|end|>")
        assert (labels[: len(ids)] == NOT_LEARNED).all()

    def test_only_words_of_answers_move(self, tokenizer, drawn):
        model, processor = build(tokenizer, TINY)
        before = model.get_input_embeddings().weight.clone()
        answering = Answering(model, processor, drawn, seed=0, batch=2)
        answering(0).backward()
        moved = model.get_input_embeddings().weight.grad.abs().sum(1) > 0
        talk = Talk(processor, drawn)
        assert moved.any() and set(np.flatnonzero(moved.numpy())) <= set(talk.answered)
        assert torch.equal(before, model.get_input_embeddings().weight)

    def test_with_ideal_pictures_the_image_encoder_is_not_needed(self, tokenizer, drawn):
        model, processor = build(tokenizer, TINY)
        Answering(model, processor, drawn, seed=0, batch=2)(0).backward()
        assert all(weight.grad is None for weight in model.model.vision_tower.parameters())

    def test_with_real_ones_all_parts_learn(self, tokenizer, drawn):
        model, processor = build(tokenizer, TINY)
        seeing = Seeing(model, drawn, 0, 2)
        Answering(model, processor, drawn, seed=0, batch=2, seeing=seeing)(0).backward()
        learned = {n for n, weight in model.named_parameters() if weight.grad is not None}
        # The encoder's last norm comes after the layer whose states LLaVA takes.
        unused = {f"model.vision_tower.layernorm.{part}" for part in ("weight", "bias")}
        assert {n for n, _ in model.named_parameters()} - learned == unused
        assert seeing.colour.weight.grad is not None

    def test_mixed_words_keep_their_lengths_and_stay_nearest_to_themselves(self):
        words, others = torch.randn(2, 3, 5, 256)
        amounts = torch.tensor([0.0, 0.3, 0.6, 0.0, 0.7]).expand(3, 5)
        found = mixed(words, others, amounts)
        assert torch.allclose(found.norm(dim=-1), words.norm(dim=-1), rtol=1e-4)
        assert torch.equal(found[:, [0, 3]], words[:, [0, 3]])
        cosine = torch.cosine_similarity(found, words, dim=-1)
        assert (cosine > torch.cosine_similarity(found, others, dim=-1)).all()

    def test_every_record_comes_once_an_epoch(self, built, drawn):
        answering = Answering(*built, drawn, seed=0, batch=1)
        assert sorted(int(answering._batch_of(step)[0]) for step in range(16)) != list(range(16))
        found = [int(n) for step in range(len(drawn)) for n in answering._batch_of(step)]
        assert max(found.count(number) for number in range(len(drawn))) <= 2

    def test_stand_ins_are_near_and_only_for_what_users_say(self):
        table = torch.eye(6)
        table[3] = torch.tensor([1.0, 0.2, 0, 0, 0, 0])
        table[4] = torch.tensor([0.2, 1.0, 0, 0, 0, 0])
        stand_ins = StandIns(table, np.array([0]), np.array([1]))
        tokens = np.array([[0, 1, 2, 0]])
        may = np.array([[True, True, True, False]])
        found = stand_ins.replace(tokens, may, np.random.default_rng(0), 1.0)
        assert found.tolist() == [[3, 1, 2, 0]] and tokens[0, 0] == 0


@pytest.mark.parametrize("stage", ["see", "answer"])
def test_an_interrupted_run_goes_on_bit_for_bit(tokenizer, drawn, tmp_path, stage):
    def training(folder):
        model, processor = build(tokenizer, TINY)
        if stage == "see":
            seeing = Seeing(model, drawn, 0, 2)
            return Training(seeing, seeing, Schedule(4), folder)
        seeing = Seeing(model, drawn, 0, 2)
        answering = Answering(model, processor, drawn, seed=0, batch=2, seeing=seeing)
        return Training(model, answering, Schedule(4), folder)

    whole = training(tmp_path / "whole")
    whole.run()
    first = training(tmp_path / "parts")
    first.run(seconds=0)
    first._update()
    first._save()
    first._update()  # lost: it is not in the checkpoint
    second = training(tmp_path / "parts")
    assert second.step == 1
    second.run()
    for one, other in zip(whole.module.parameters(), second.module.parameters(), strict=True):
        assert torch.equal(one, other)
    losses = [
        [json.loads(line)["loss"] for line in (tmp_path / name / "curve.jsonl").open()]
        for name in ("whole", "parts")
    ]
    assert losses[0] == losses[1] and len(losses[0]) == 4


def test_the_rate_rises_and_falls():
    schedule = Schedule(100, learning_rate=1.0, warmup=10)
    rates = [schedule.rate(step) for step in range(101)]
    assert max(rates) == rates[10] == 1.0
    assert [rates[0], rates[100]] == pytest.approx([0.1, 0.1])
    assert all(later < rate for rate, later in pairwise(rates[11:]))


def test_the_short_prompt_takes_the_long_ones_place(built):
    record = to_dataset("ImageEdit-v0", indices=[0], image_size=64)[0]
    short = with_short_prompt(record)
    assert [message["role"] for message in short["prompt"]] == ["system", "user"]
    assert short["prompt"][0]["content"][0]["text"] == SHORT_PROMPT
    assert short["prompt"][1] == record["prompt"][1] and short["task"] == record["task"]
    assert [message["role"] for message in with_short_prompt(record, "")["prompt"]] == ["user"]
    text = record["prompt"][1]["content"][-1]["text"]
    written = [built[1].apply_chat_template(said) for said in (short["prompt"], chat(text))]
    assert written[0] == written[1]


def test_the_script_makes_a_model(tmp_path):
    command = [sys.executable, str(SCRIPT), "--smoke", "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=200, cwd=SCRIPT.parents[1])
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model")
    assert tokenizer(ANSWER)["input_ids"] and model.config.vision_config.image_size == 128
    assert {p.name for p in tmp_path.iterdir()} == {
        "drawn",
        "see",
        "answer",
        "joint",
        "words",
        "model",
    }


def test_the_trl_example_trains_a_tiny_model(tmp_path):
    pytest.importorskip("trl", reason="trl is not installed: pip install editenv[vlm]")
    script = SCRIPT.parents[1] / "examples" / "trl_grpo.py"
    command = [sys.executable, str(script), "--smoke", "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=120, cwd=SCRIPT.parents[1])
    entries = [json.loads(line) for line in (tmp_path / "log.jsonl").open()]
    assert [entry["step"] for entry in entries if "loss" in entry] == [1, 2]
    assert AutoTokenizer.from_pretrained(tmp_path / "model").eos_token == "<|end|>"


@pytest.fixture(scope="module")
def trained():
    return load_policy(model_folder())


def solved(policy, env_id, subjects="names", split="test", count=40, **how):
    env = ImageEditTextEnv(
        env_id, split=split, image_size=128, subjects=subjects, reward=dict.fromkeys(TERMS, 1.0)
    )
    problems = EditProblems([env], system_prompt=PROMPTS[subjects])
    return evaluate(policy, problems, range(count), **how).success[0]


def test_the_trained_model_does_direct_tasks_of_the_test_split(trained):
    assert solved(trained, "ImageEdit-Direct-v0") > 0.5


def test_the_trained_model_looks(trained):
    """What is wrong with a photo can only be seen."""
    shown = solved(trained, "ImageEdit-Retouch-v0")
    assert shown > solved(trained, "ImageEdit-Retouch-v0", blank=True) + 0.2


def test_the_trained_model_points(trained):
    shown = solved(trained, "ImageEdit-Direct-v0", "points", "train")
    assert shown > solved(trained, "ImageEdit-Direct-v0", "points", "train", blank=True) + 0.2
