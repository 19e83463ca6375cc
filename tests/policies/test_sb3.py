"""The coordinator's network and short runs of every algorithm."""

import json
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
import torch
from editenv_policies.evaluation import ModelActor, evaluate, wilson_interval
from editenv_policies.report import read_json_lines, shorten, wrap
from editenv_policies.sb3 import CoordinatorExtractor
from editenv_policies.sb3.encoders import WordGrounder, WordMatcher
from editenv_policies.sb3.extractor import SPAN, Features, _apart, _slopes
from editenv_policies.sb3.learning import CHECKPOINT, ModelLearner, learn
from editenv_policies.sb3.models import ALGORITHMS, load_model, make_model
from editenv_policies.sb3.pictures import STATISTICS, PictureEncoder, PreparedPictures, sample_boxes
from editenv_policies.sb3.policy import action_sizes
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env

import editenv

IDS = list(editenv.CONFIGURATIONS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("action_format", ["multi_discrete", "discrete"])
@pytest.mark.parametrize("env_id", IDS)
def test_sb3_check_env(env_id, action_format):
    env = gymnasium.make(env_id, action_format=action_format, disable_env_checker=True)
    check_env(env.unwrapped)
    env.close()


def batch(env_id="ImageEdit-v0", count=5):
    env = make_vec_env(env_id, count, seed=0)
    model = make_model("ppo", env, seed=0, smoke=True)
    observation, _ = model.policy.obs_to_tensor(model.env.reset())
    return model, observation


def test_features_have_one_vector_a_region_and_follow_the_slots():
    model, observation = batch()
    extractor = model.policy.features_extractor
    assert isinstance(extractor, CoordinatorExtractor)
    extractor.eval()
    slots = observation["regions"].shape[1]
    order = torch.tensor([0, *np.random.default_rng(0).permutation(np.arange(1, slots))])
    shuffled = dict(observation)
    for key in ("regions", "region_embeddings"):
        shuffled[key] = observation[key][:, order]
    with torch.no_grad():
        plain = model.policy.extract_features(observation)
        moved = model.policy.extract_features(shuffled)
    sizes = action_sizes(model.action_space)
    plain, moved = Features.unpack(plain, sizes), Features.unpack(moved, sizes)
    assert plain.regions.shape == (5, slots, extractor.width)
    torch.testing.assert_close(moved.regions, plain.regions[:, order], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(moved.likeness, plain.likeness[:, order])
    torch.testing.assert_close(moved.options, plain.options, rtol=1e-3, atol=1e-4)


SHAPES = [(6,), (4, 6), (4,), (3,), (3, 5), (3, 6), (3, 4), (3, 5), (4,)]


def test_packed_features_come_apart_again():
    parts = Features(*(torch.rand(2, *shape) for shape in SHAPES))
    for part, again in zip(parts, Features.unpack(parts.pack(), (3, 4, 5)), strict=True):
        torch.testing.assert_close(again, part, rtol=0, atol=0)


def test_the_name_in_the_instruction_matches_best_and_padding_never():
    names = np.eye(8, dtype=np.float32)[[0, 1, 2, 0]].reshape(2, 2, 8)
    words = torch.eye(8)[[5, 1, 2]].unsqueeze(0)
    matcher = WordMatcher(names, 4)
    scores = matcher(words, torch.zeros(1, 3, 4), torch.tensor([[1.0, 1.0, 0.0]]))
    assert scores.shape == (1, 2, 2)
    assert scores.flatten().argmax() == 1
    assert scores[0, 0, 0] == scores[0, 1, 1] == scores[0, 1, 0]


def test_a_region_is_seen_inside_its_box():
    small = torch.zeros(1, 3, 32, 64)
    small[0, 0, :16, :32], small[0, 1, 16:, 32:] = 1.0, 1.0
    boxes = torch.tensor([[[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]]])
    mean = sample_boxes(small, boxes).mean(3)[0]
    assert mean.tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.25, 0.25, 0.0]]


def test_faults_of_a_picture_are_measured():
    """Noise, blocks, light and grey each change numbers, however small the picture is made."""
    encoder = PictureEncoder((128, 128), 8)
    ramp = torch.linspace(0.2, 0.7, 128).expand(1, 3, 128, 128).contiguous()
    blocks = ramp + 0.05 * (torch.arange(128) // 8 % 2)
    noise = ramp + 0.05 * torch.randn(1, 3, 128, 128, generator=torch.manual_seed(0))
    seen = torch.cat([ramp, blocks, noise, ramp * 1.3, torch.full_like(ramp, 0.5)])
    small, numbers = encoder.prepare(seen)
    assert small.shape == (5, 3, 64, 64) and numbers.shape == (5, STATISTICS)
    assert numbers.isfinite().all() and numbers.abs().max() < 10
    distance = torch.cdist(numbers, numbers) + 9 * torch.eye(5)
    assert distance.min() > 0.5, distance
    alone = torch.cat([encoder.prepare(picture)[1] for picture in seen.split(1)])
    torch.testing.assert_close(alone, numbers)


def test_only_words_that_name_a_region_are_grounded():
    similarity = torch.tensor([[[0.0, 0.9, 0.1], [0.1, 0.0, 0.2]]])
    named, looks = WordGrounder(9, 4)(similarity, torch.rand(1, 2, 9))
    assert named.flatten().round().tolist() == [0, 1, 0]
    assert looks[0, 0].norm() < 0.01 < looks[0, 1].norm()


def test_action_embeddings_repeat_the_options_as_actions_count_them():
    env = gymnasium.make("ImageEdit-v0").unwrapped
    calls, options = env.action_embeddings()
    assert calls.shape == (len(env.call_names), 256)
    assert options.shape == (*env.action_space.nvec[[0, 2]], 256)
    flip = env.call_names.index("flip")
    np.testing.assert_array_equal(options[flip, 2], options[flip, 0])
    assert not np.array_equal(options[flip, 1], options[flip, 0])
    assert not options[env.call_names.index("submit")].any()


def test_padding_does_not_change_the_features():
    model, observation = batch()
    with torch.no_grad():
        plain = model.policy.extract_features(observation)
        noisy = dict(observation)
        noise = torch.randn_like(observation["instruction"])
        hidden = 1 - observation["instruction_mask"].float().unsqueeze(2)
        noisy["instruction"] = observation["instruction"] + noise * hidden
        torch.testing.assert_close(model.policy.extract_features(noisy), plain)


def test_an_observation_has_the_same_features_in_any_company():
    model, observation = batch(count=100)
    lengths = observation["instruction_mask"].sum(1)
    assert len(lengths.unique()) > 3
    with torch.no_grad():
        together = model.policy.extract_features(observation)
        for row in range(0, 100, 9):
            alone = {name: value[row : row + 1] for name, value in observation.items()}
            found = model.policy.extract_features(alone)[0]
            torch.testing.assert_close(found, together[row], rtol=1e-4, atol=1e-5)


def test_pooled_instructions_are_refused_by_name():
    space = gymnasium.make("ImageEdit-v0", instruction_format="pooled").observation_space
    with pytest.raises(ValueError, match="instruction_format='tokens'"):
        CoordinatorExtractor(space, (3, 8, 3), (np.zeros((3, 256)), np.zeros((3, 3, 256))))


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_algorithm_trains_saves_and_loads(algorithm, tmp_path):
    kwargs = {"action_format": "discrete"} if algorithm == "dqn" else {}
    env = make_vec_env("ImageEdit-Direct-v0", 2, seed=0, env_kwargs=kwargs)
    changes = {"learning_starts": 20} if algorithm == "dqn" else {}
    model = make_model(algorithm, env, seed=0, smoke=True, **changes)
    learn(ModelLearner(model), tmp_path, 128, resume=False)
    loaded = load_model(algorithm, tmp_path / CHECKPOINT, env)
    assert loaded.num_timesteps == model.num_timesteps >= 128
    actor = ModelActor(loaded, masked=algorithm == "maskable")
    single = gymnasium.make("ImageEdit-Direct-v0", split="test", **kwargs)
    assert evaluate(actor, single, 3).episodes == 3
    env.close()


def test_learning_improves_the_return_of_a_repeated_task():
    """One task again and again: the return must rise well above where it began."""
    env = make_vec_env(
        lambda: gymnasium.make(
            "ImageEdit-Direct-v0", tasks=OneTask(), image_size=64, max_episode_steps=2
        ),
        16,
    )
    model = make_model("ppo", env, seed=0, n_steps=32, learning_rate=1e-3)
    model.learn(512)
    first = np.mean([e["r"] for e in model.ep_info_buffer])
    model.learn(7_000, reset_num_timesteps=False)
    last = np.mean([e["r"] for e in model.ep_info_buffer])
    assert last > first + 0.3, (first, last)


def test_padding_does_not_beat_words_that_fit_badly():
    """Where every cosine is negative, the best word is still the best one."""
    model, observation = batch(count=2)
    one = {key: value[:1].clone() for key, value in observation.items()}
    one["instruction_mask"][:, 1:] = 0
    one["instruction"] *= one["instruction_mask"].unsqueeze(2)
    one["region_embeddings"][:] = -one["instruction"][:, :1]
    longer = {key: value.clone() for key, value in one.items()}
    longer["instruction_mask"][:, 1:] = 1
    longer["instruction"][:, 1:] = torch.rand_like(longer["instruction"][:, 1:])
    both = {key: torch.cat([one[key], longer[key]]) for key in one}
    with torch.no_grad():
        alone, beside = (model.policy.extract_features(seen) for seen in (one, both))
    sizes = action_sizes(model.action_space)
    likeness = Features.unpack(alone, sizes).likeness
    assert likeness.max() < 0.0
    torch.testing.assert_close(Features.unpack(beside, sizes).likeness[:1], likeness)


def test_pictures_are_prepared_once():
    encoder = PictureEncoder((64, 64), 8)
    counted = []
    prepare = encoder.prepare

    def counting(pictures):
        counted.append(len(pictures))
        return prepare(pictures)

    encoder.prepare = counting
    prepared = PreparedPictures(encoder, most=8)
    pictures = torch.randint(0, 256, (6, 3, 64, 64), dtype=torch.uint8)
    pictures[5] = pictures[0]
    first, again = prepared(pictures), prepared(pictures.flip(0))
    assert counted == [6]
    for one, other in zip(first, again, strict=True):
        torch.testing.assert_close(one, other.flip(0), rtol=0, atol=0)
    small, numbers = prepare(pictures.float() / 255)
    torch.testing.assert_close(first[0], small, rtol=0, atol=1e-6)
    torch.testing.assert_close(first[1], numbers)
    prepared(torch.randint(0, 256, (8, 3, 64, 64), dtype=torch.uint8))
    prepared(pictures)
    assert len(counted) == 3, "the oldest are forgotten"


def test_a_policy_is_saved_and_loaded_by_itself(tmp_path):
    model, observation = batch()
    model.policy.save(tmp_path / "policy.zip")
    loaded = type(model.policy).load(tmp_path / "policy.zip")
    with torch.no_grad():
        before, after = (p.get_distribution(observation) for p in (model.policy, loaded))
    torch.testing.assert_close(after.calls, before.calls)
    torch.testing.assert_close(after.options, before.options)


class OneTask:
    """A source with one task."""

    def __init__(self):
        from editenv.tasks import make_tasks

        self._task = make_tasks("direct", split="train", height=64, width=64)[1]

    def sample(self, rng):
        return self._task

    def __getitem__(self, index):
        return self._task


@pytest.mark.parametrize("example", ["train_ppo.py", "train_grpo.py"])
def test_example_smoke_and_resume(tmp_path, request, example):
    root = request.config.rootpath
    command = [sys.executable, str(root / "examples" / example), "--smoke"]
    command += ["--out", str(tmp_path), "--episodes", "10", "--threads", "1"]
    subprocess.run(command, check=True, capture_output=True, cwd=root)
    for name in ("model.zip", "curve.jsonl", "curve.png", "before_after.png", "report.html"):
        assert (tmp_path / name).stat().st_size > 0, name
    steps = json.loads((tmp_path / "results.json").read_text())["steps"]
    lines = len(read_json_lines(tmp_path / "curve.jsonl"))
    again = subprocess.run(
        [*command, "--resume", "--steps", "1500"], check=True, capture_output=True, cwd=root
    )
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["steps"] >= steps, again.stdout
    assert len(read_json_lines(tmp_path / "curve.jsonl")) >= lines


def test_a_curve_cut_off_by_a_crash_is_still_read(tmp_path):
    path = tmp_path / "curve.jsonl"
    path.write_text('{"steps": 1, "seconds": 2.0, "reward": 0.0, "success": 0.0}\n{"steps": 2, "se')
    assert [line["steps"] for line in read_json_lines(path)] == [1]


def test_wilson_interval_and_wrapping():
    low, high = wilson_interval(0, 10)
    assert low == 0.0 and 0.2 < high < 0.35
    with pytest.raises(ValueError, match="successes=11"):
        wilson_interval(11, 10)

    class Font:
        def getlength(self, text):
            return len(text)

    assert wrap("one two three", Font(), 7) == ["one two", "three"]
    assert shorten("one two three", Font(), 13) == "one two three"
    assert shorten("one two three", Font(), 12) == "one two ..."
    assert shorten("one two three", Font(), 8) == "one ..."


def test_unknown_names_are_named(tmp_path):
    env = make_vec_env("ImageEdit-Direct-v0", 1)
    with pytest.raises(ValueError, match="algorithm='sarsa'"):
        make_model("sarsa", env, seed=0)
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        load_model("ppo", tmp_path / "none.zip")
    env.close()


def test_words_are_near_by_how_far_they_are_apart_wherever_they_stand():
    apart = _apart(40)
    assert (apart.diagonal() == SPAN).all()
    assert apart[3, 5] == apart[30, 32] != apart[5, 3]
    assert apart.min() == 0 and apart.max() == 2 * SPAN, "farther away is equally far"
    slopes = _slopes(4)
    assert slopes.shape == (4, 2 * SPAN + 1)
    assert (slopes[0] == 0).all(), "one head looks everywhere"
    for head in slopes[1:]:
        assert head.argmax() == SPAN and torch.equal(head, head.flip(0))
        assert (head[SPAN:].diff() < 0).all()
