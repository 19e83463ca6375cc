"""The small model: its words, its shape, what it learns from, and that it goes on where it was."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install editenv[vlm]")
pytest.importorskip(
    "transformers", reason="transformers is not installed: pip install editenv[vlm]"
)

from editenv_policies.grpo_vlm import EditProblems, evaluate, load_policy  # noqa: E402
from editenv_policies.small_vlm import (  # noqa: E402
    MATERIAL,
    SHORT_PROMPT,
    Size,
    build,
    chat,
    count_parameters,
    model_folder,
    train_tokenizer,
    with_short_prompt,
)
from editenv_policies.small_vlm.alignment import Aligning  # noqa: E402
from editenv_policies.small_vlm.data import NUMBERS, TASKS, Captions, Records, spaced, texts  # noqa: E402
from editenv_policies.small_vlm.pretrain import NOT_LEARNED, Answering, Naming, encode  # noqa: E402
from editenv_policies.small_vlm.questions import caption, place_of, size_of  # noqa: E402
from editenv_policies.small_vlm.renamed_tasks import RenamedTasks  # noqa: E402
from editenv_policies.small_vlm.renaming import LETTERS, invented_name, invented_word, rename  # noqa: E402
from editenv_policies.small_vlm.scenes import COLOUR_NAMES, object_names, patches_of  # noqa: E402
from editenv_policies.small_vlm.tokenizer import IMAGE, LEAST_SIZE, TAGS  # noqa: E402
from editenv_policies.small_vlm.training import Schedule, Training  # noqa: E402
from small_model import SIDE, PlainTasks, Remembered  # noqa: E402
from transformers import AutoModelForImageTextToText, AutoProcessor, AutoTokenizer  # noqa: E402

from editenv.answers import parse_answer, reference_answer  # noqa: E402
from editenv.envs.text import ImageEditTextEnv, to_dataset  # noqa: E402
from editenv.material import load_sprites  # noqa: E402
from editenv.registration import CONFIGURATIONS  # noqa: E402
from editenv.tasks import make_tasks  # noqa: E402
from editenv.tasks.scene import Scene, SceneObject  # noqa: E402

ANSWER = "<action>move</action>\n<subject>kite</subject>\n<goal>up</goal>"
TINY = Size(picture=64, patch=16, eye=32, eye_layers=1, width=32, layers=1)
SCRIPT = Path(__file__).parents[2] / "scripts" / "make_small_vlm.py"


@pytest.fixture(scope="module")
def records():
    return Records(0, TINY.picture, questions=0.5)


@pytest.fixture(scope="module")
def tokenizer(records):
    return train_tokenizer(texts(records, 60), 600)


@pytest.fixture(scope="module")
def built(tokenizer):
    return build(tokenizer, TINY)


@pytest.fixture(scope="module")
def saved(built, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    for part in built:
        part.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("text", [ANSWER, "a naïve 猫 🙂\n\tkite", "The kite 's here , no ?", ""])
def test_every_text_survives_the_tokenizer(tokenizer, text):
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_a_tag_is_one_token_and_no_special_one(tokenizer):
    ids = tokenizer.convert_tokens_to_ids(list(TAGS))
    assert len(set(ids)) == len(TAGS) == 6
    assert tokenizer(ANSWER)["input_ids"][0] == ids[0]
    assert not set(ids) & set(tokenizer.all_special_ids)


def test_a_vocabulary_has_room_for_all_bytes():
    with pytest.raises(ValueError, match=f"vocab_size=100 must be at least {LEAST_SIZE}"):
        train_tokenizer(["a"], 100)


@pytest.mark.parametrize(
    ("sizes", "name"),
    [({"patch": 10}, "picture"), ({"eye": 40}, "eye"), ({"width": 0}, "width")],
)
def test_sizes_that_do_not_fit_are_refused(sizes, name):
    with pytest.raises(ValueError, match=f"{name}="):
        Size(**sizes)


def test_the_default_size_is_small(tokenizer):
    model, _ = build(tokenizer)
    assert 2_000_000 < count_parameters(model) < 3_000_000


def test_the_seed_makes_the_weights_and_leaves_torch_alone(tokenizer):
    state = torch.get_rng_state()
    weights = [build(tokenizer, TINY, seed)[0].lm_head.weight for seed in (0, 0, 1)]
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_the_auto_classes_load_it_without_remote_code(built, saved):
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


def test_a_picture_takes_as_many_tokens_as_patches(built):
    _, processor = built
    text = processor.apply_chat_template(chat("Go."))
    ids = processor(images=[np.zeros((9, 9, 3), np.uint8)], text=[text])["input_ids"][0]
    image = processor.tokenizer.convert_tokens_to_ids(IMAGE)
    assert list(ids).count(image) == TINY.picture_tokens == 16


def test_the_placeholder_of_a_picture_is_never_written(built):
    model, processor = built
    image = processor.tokenizer.convert_tokens_to_ids(IMAGE)
    assert model.generation_config.suppress_tokens == [image]


def test_only_answers_are_learned(built, records):
    _, processor = built
    batch = [next(r for r in map(records.__getitem__, range(99)) if len(r.turns) > 2), records[1]]
    inputs = encode(processor, batch)
    for row, record in zip(inputs["labels"], batch, strict=True):
        learned = processor.tokenizer.decode(row[row != NOT_LEARNED])
        assert learned == "".join(f"{answer}<|end|>" for _, answer in record.turns)


def test_records_depend_on_seed_and_number_only(records):
    again, other = Records(0, TINY.picture, 0.5), Records(1, TINY.picture, 0.5)
    for number in (7, 3, 5):
        first, second = records[number], again[number]
        assert first.turns == second.turns and np.array_equal(first.picture, second.picture)
    assert any(records[n].turns != other[n].turns for n in range(3))


def test_records_are_of_the_train_split_and_of_numbers_that_others_leave(records):
    names = {sprite.name for split in ("validation", "test") for sprite in load_sprites(split)}
    assert not names & set(object_names())
    assert {records[number].split for number in range(30)} == {"train"}
    assert NUMBERS[0] >= 100_000
    plain = {ImageEditTextEnv(n, image_size=64).tasks[NUMBERS[0]].instruction for n in TASKS}
    assert len(plain) == len(TASKS)


def test_a_share_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"questions=1\.5"):
        Records(0, 32, 1.5)


def test_blind_records_say_the_same_of_tasks_without_a_picture(built):
    seeing, blind = (Records(0, TINY.picture, 0.0, blind) for blind in (False, True))
    assert blind[4].picture is None and blind[4].turns == seeing[4].turns
    assert "pixel_values" not in encode(built[1], [blind[4], blind[5]])


def test_blind_questions_are_names_to_be_said_again():
    ((question, answer),) = Records(0, TINY.picture, 1.0, blind=True)[0].turns
    assert question == f"Say again:{answer}." and answer[0] == " "


def test_captions_are_of_very_few_things():
    for number in range(8):
        ((_, answer),) = Captions(0, 96)[number].turns
        assert 1 <= len(answer.split(";")) <= 3


def test_answers_begin_their_parts_with_a_space():
    assert spaced(ANSWER) == ANSWER.replace("n>", "n> ", 1).replace("t>", "t> ", 1).replace(
        "<goal>", "<goal> "
    )
    assert spaced(" kite") == spaced("kite") == " kite"
    assert parse_answer(spaced(ANSWER)) == parse_answer(ANSWER)
    assert spaced(spaced(ANSWER)) == spaced(ANSWER)


def test_a_name_has_the_same_tokens_in_an_instruction_and_in_an_answer(tokenizer):
    word = invented_word(np.random.default_rng(0))
    given, said = f"Move the {word} up.", spaced(ANSWER.replace("kite", word))
    spelt = tokenizer(f" {word}")["input_ids"]
    for text in (given, said):
        ids = tokenizer(text)["input_ids"]
        assert any(ids[n : n + len(spelt)] == spelt for n in range(len(ids)))


def test_the_projector_learns_the_languages_own_vectors(tokenizer):
    model, processor = build(tokenizer, TINY)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    aligning = Aligning(model, processor, 0, 4)
    words = aligning._vectors(object_names())
    ids = tokenizer(f" {object_names()[5]}")["input_ids"]
    assert torch.allclose(words[5], model.lm_head.weight[ids].mean(0)) and not words[0].any()
    assert len({tuple(row.tolist()) for row in aligning._places(16)}) == 16
    optimizer = torch.optim.Adam(model.model.multi_modal_projector.parameters(), 0.01)
    losses = []
    for _ in range(30):
        losses.append(aligning(0))
        losses[-1].backward()
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1] < losses[0] / 2
    changed = {n for n, weight in model.named_parameters() if not torch.equal(weight, before[n])}
    assert {name.split(".")[1] for name in changed} == {"multi_modal_projector"}


def test_invented_names_look_like_names():
    rng = np.random.default_rng(0)
    words = [invented_word(rng) for _ in range(200)]
    assert all(LETTERS[0] <= len(word) <= LETTERS[1] for word in words)
    assert len(set(words)) > 150
    assert {len(invented_name(rng).split()) for _ in range(30)} == {1, 2}


def test_what_is_named_is_renamed_in_the_answer_too():
    rng = np.random.default_rng(0)
    answer = (
        "<action>move; blur</action>\n<subject>small kite; dog</subject>\n<goal>up; soft</goal>"
    )
    text, renamed = rename(
        rng, "Move the small kite up, blur the thing next to it.", answer, ["kite"]
    )
    first, second = (edit.subject for edit in parse_answer(renamed).edits)
    assert first.startswith("small ") and first in text and "kite" not in first + text
    assert second == "dog"


def test_a_name_that_is_a_goal_stays():
    answer = "<action>recolour</action>\n<subject>orange</subject>\n<goal>orange</goal>"
    given = "Make the orange orange.", answer
    assert rename(np.random.default_rng(0), *given, ["orange"]) == given


def hand_made_scene():
    """A sprite over the left upper quarter of an empty picture, and nothing else."""
    sprite = load_sprites("train")[3]
    item = SceneObject(0, sprite, (0, 0, 16, 16))
    return Scene(np.zeros((32, 32, 3), np.uint8), (item,)), item


def test_patches_say_what_they_show():
    scene, item = hand_made_scene()
    shown = patches_of(scene, 8)
    names = shown.names.reshape(4, 4)
    assert set(names.ravel()) == {0, object_names().index(item.label)}
    assert names[:2, :2].any() and not names[2:].any() and not names[:, 2:].any()
    colours = np.where(shown.names > 0, COLOUR_NAMES.index(item.colour), 0)
    assert np.array_equal(shown.colours, colours)


def test_a_caption_says_size_colour_name_and_place():
    scene, item = hand_made_scene()
    assert (size_of(item, 32), place_of(item, 32)) == ("large", "top left")
    assert caption(scene) == f"large {item.colour} {item.label} top left"


def test_the_image_encoder_stands_still_while_answers_are_learned(built, records):
    model, processor = built
    model.zero_grad()
    Answering(model, processor, records, 2)(0).backward()
    assert all(weight.grad is None for weight in model.model.vision_tower.parameters())
    assert model.lm_head.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("stage", ["see", "answer"])
def test_an_interrupted_run_goes_on_bit_for_bit(tokenizer, records, tmp_path, stage):
    def training(folder):
        model, processor = build(tokenizer, TINY)
        if stage == "see":
            naming = Naming(model, processor, 0, 2)
            return Training(naming, naming, Schedule(4), folder)
        return Training(model, Answering(model, processor, records, 2), Schedule(4), folder)

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


def test_the_short_prompt_takes_the_long_ones_place():
    record = to_dataset(TASKS[0], indices=[0], image_size=64)[0]
    short = with_short_prompt(record)
    assert [message["role"] for message in short["prompt"]] == ["system", "user"]
    assert short["prompt"][0]["content"][0]["text"] == SHORT_PROMPT
    assert short["prompt"][1] == record["prompt"][1] and short["task"] == record["task"]
    assert [message["role"] for message in with_short_prompt(record, "")["prompt"]] == ["user"]


def test_the_short_prompt_is_what_was_learned(built, records):
    """The prompt of a data set and that of a record are the same text."""
    record = with_short_prompt(to_dataset(TASKS[0], indices=[0], image_size=64)[0])
    text = record["prompt"][1]["content"][-1]["text"]
    _, processor = built
    prompts = [processor.apply_chat_template(said) for said in (record["prompt"], chat(text))]
    learned = next(r for r in map(records.__getitem__, range(20)) if r.system)
    whole = processor.apply_chat_template(learned.messages())
    assert prompts[0] == prompts[1]
    assert whole.startswith(processor.apply_chat_template(chat(learned.turns[0][0])))


def test_the_script_makes_a_model(tmp_path):
    command = [sys.executable, str(SCRIPT), "--smoke", "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=120, cwd=SCRIPT.parents[1])
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model")
    assert tokenizer(ANSWER)["input_ids"] and model.config.vision_config.image_size == 96
    assert {p.name for p in tmp_path.iterdir()} == {
        *("tokenizer", "see", "write", "align", "look", "read", "sft", "model")
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
    folder = model_folder()
    assert max(path.stat().st_size for path in folder.iterdir()) < 5 * 2**20
    return load_policy(folder)


def test_the_trained_model_does_direct_tasks_of_the_test_split(trained):
    """With objects that it never met, in the words that it learned from."""
    env = ImageEditTextEnv(
        PlainTasks("test"), image_size=SIDE, tools="objects", reward={"image": 1.0}
    )
    problems = EditProblems([env], system_prompt=SHORT_PROMPT)
    assert evaluate(trained, problems, range(40)).terms["image"].mean() > 0.6


@pytest.mark.parametrize(
    ("records", "gain"),
    [(Captions(999, SIDE), 0.8), (Records(999, SIDE, questions=1.0), 0.3)],
    ids=["captions", "questions"],
)
def test_the_trained_model_looks(trained, records, gain):
    """Scenes that it did not learn from are told much better with the picture than without."""
    batch = [record for record in map(records.__getitem__, range(24)) if record.picture is not None]
    blanked = [replace(r, picture=np.full_like(r.picture, 128)) for r in batch]
    with torch.no_grad():
        shown, blank = (
            float(trained.model(**encode(trained.processor, part)).loss)
            for part in (batch, blanked)
        )
    assert shown < blank - gain


@pytest.mark.parametrize("name", TASKS)
def test_renamed_tasks_are_the_same_tasks_by_other_names(name):
    family = CONFIGURATIONS[name][1]["tasks"]
    tasks = Remembered(make_tasks(family, split="train", height=64, width=64, material=MATERIAL))
    env = ImageEditTextEnv(tasks, image_size=64, tools="objects")
    renamed = ImageEditTextEnv(RenamedTasks(tasks), image_size=64, tools="objects")
    changed = 0
    for number in range(12):
        plain, task = env.tasks[number], renamed.tasks[number]
        assert task.instruction == renamed.tasks[number].instruction
        assert [e.action for e in task.sub_edits] == [e.action for e in plain.sub_edits]
        assert (task.source == plain.source).all()
        changed += task.instruction != plain.instruction
        answers = [
            reference_answer(task, env.rules.tools, env.rules.names) for task in (plain, task)
        ]
        before = env.score_answers(number, answers[:1])[0]
        after = renamed.score_answers(number, answers[1:])[0]
        assert before["reward_terms"] == after["reward_terms"]
    assert changed > 4
    with pytest.raises(ValueError, match="share=2"):
        RenamedTasks(env.tasks, 2.0)


def test_no_share_renames_nothing():
    tasks = ImageEditTextEnv(TASKS[0], image_size=64).tasks
    assert RenamedTasks(tasks, 0.0)[3].instruction == tasks[3].instruction
