"""The Gymnasium wrappers: conformance, what they show, and what they refuse."""

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

import editenv  # noqa: F401
from editenv.wrappers import FlatObservation, MaskObservation, PlainInfos, VectorFlatObservation
from editenv.wrappers.flattening import Flattening

SMALL = {"image_size": 32, "max_tokens": 16, "slots": 4}
KINDS = [FlatObservation, MaskObservation, PlainInfos]


def make(**arguments):
    return gymnasium.make("ImageEdit-Direct-v0", **SMALL, **arguments)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("arguments", [{}, {"action_format": "discrete"}], ids=str)
@pytest.mark.parametrize("wrapper", KINDS)
def test_conformance(wrapper, arguments):
    check_env(wrapper(make(**arguments)), skip_render_check=True)


@pytest.mark.parametrize("wrapper", [*KINDS, lambda env: MaskObservation(FlatObservation(env))])
def test_whole_episodes_stay_in_the_space(wrapper):
    env = wrapper(make())
    env.action_space.seed(0)
    for seed in range(3):
        observation, _ = env.reset(seed=seed)
        over = False
        while not over:
            assert observation in env.observation_space
            observation, *_, terminated, truncated, _ = env.step(env.action_space.sample())
            over = terminated or truncated
        assert observation in env.observation_space


@pytest.mark.parametrize("wrapper", KINDS)
def test_the_spec_makes_the_same_environment(wrapper):
    env = wrapper(make())
    again = env.spec.make()
    assert type(again) is wrapper and again.observation_space == env.observation_space
    seen, other = env.reset(seed=1)[0], again.reset(seed=1)[0]
    assert gymnasium.utils.env_checker.data_equivalence(seen, other)


def test_a_flat_observation_holds_every_entry_in_order():
    plain, flat = make(), FlatObservation(make(), ["steps_left", "history", "image", "instruction"])
    for env in (plain, flat):
        env.reset(seed=2)
    action = np.array([0, 1, 2])
    seen, row = plain.step(action)[0], flat.step(action)[0]
    assert row.dtype == np.float32 and row.shape == (1 + 12 + 16 * 16 * 3 + 16 * 256,)
    assert row[0] == seen["steps_left"][0]
    largest = plain.observation_space["history"].high.max()
    expected = (seen["history"] + 1).ravel() / (largest + 1)
    np.testing.assert_allclose(row[1:13], expected, rtol=1e-6)
    picture = row[13 : 13 + 768].reshape(16, 16, 3)
    blocks = seen["image"].reshape(16, 2, 16, 2, 3).mean((1, 3)) / 255
    np.testing.assert_allclose(picture, blocks, atol=0.51 / 255)
    np.testing.assert_array_equal(row[781:], seen["instruction"].ravel())


def test_a_flat_observation_of_a_part_is_small():
    env = FlatObservation(make(), ["image", "regions"], picture_side=4)
    assert env.observation_space.shape == (4 * 4 * 3 + 4 * 6,)
    assert env.observation_space.is_bounded()


def test_a_number_that_never_changes_is_zero():
    flattening = Flattening(spaces.Dict({"constant": spaces.Box(3, 3, (2,), np.int32)}))
    np.testing.assert_array_equal(flattening({"constant": np.array([3, 3])}), [0.0, 0.0])
    assert flattening({"constant": np.array([3, 3])}) in flattening.space


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"keys": ["image", "sound"]}, r"keys=\['image', 'sound'\]: choose at least one of"),
        ({"keys": ["image", "image"]}, "none twice"),
        ({"keys": []}, r"keys=\[\]: choose at least one of"),
        ({"picture_side": 0}, "picture_side=0 must be an integer of at least 1"),
    ],
    ids=str,
)
def test_a_flat_observation_refuses(arguments, said):
    with pytest.raises(ValueError, match=said):
        FlatObservation(make(), **arguments)


def test_a_flat_observation_needs_boxes_in_a_dictionary():
    with pytest.raises(ValueError, match="accepted is a Dict of Box entries"):
        FlatObservation(FlatObservation(make()))
    with pytest.raises(ValueError, match=r"keys=\['text'\] are no Box entries"):
        FlatObservation(gymnasium.make("ImageEditText-v0", image_size=32))


def test_many_copies_are_flattened_alike():
    envs = VectorFlatObservation(
        gymnasium.make_vec("ImageEdit-Direct-v0", num_envs=3, **SMALL), ["image", "regions"]
    )
    rows, _ = envs.reset(seed=5)
    assert rows in envs.observation_space
    single = FlatObservation(make(), ["image", "regions"])
    for number, row in enumerate(rows):
        np.testing.assert_array_equal(row, single.reset(seed=5 + number)[0])


@pytest.mark.parametrize("kind", ["discrete", "multi_discrete"])
def test_the_mask_beside_the_observation_is_that_of_info(kind):
    env = MaskObservation(make(action_format=kind), "obs", "mask")
    seen, info = env.reset(seed=0)
    for _ in range(3):
        assert set(seen) == {"obs", "mask"} and seen["mask"].dtype == np.int8
        np.testing.assert_array_equal(seen["mask"], info["action_mask"])
        np.testing.assert_array_equal(seen["mask"], env.unwrapped.action_masks())
        seen, *_, info = env.step(env.action_space.sample())


def test_a_mask_needs_its_own_name_and_numbers_to_mask():
    with pytest.raises(ValueError, match="mask_key='same' must differ from observation_key"):
        MaskObservation(make(), "same", "same")
    with pytest.raises(ValueError, match="accepted are Discrete and MultiDiscrete"):
        MaskObservation(gymnasium.make("ImageEditText-v0", image_size=32))


def test_plain_infos_are_numbers_of_one_shape():
    env = PlainInfos(make())
    env.action_space.seed(0)
    _, first = env.reset(seed=0)
    *_, second = env.step(env.action_space.sample())
    assert set(first) == set(second) == {"is_success", "action_mask"}
    assert isinstance(env.observation_space, spaces.Dict)
    assert set(PlainInfos(make(), ["is_success", "failure"]).reset(seed=0)[1]) == {"is_success"}
