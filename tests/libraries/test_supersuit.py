"""SuperSuit's wrappers over the team, and what it does not take."""

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore")]


def test_a_stack_of_wrappers(load, learning):
    example = load("supersuit_team")
    env = example.make_env()
    assert env.num_envs == 10 and env.observation_space.shape[0] % 2 == 0
    with learning():
        assert example.train(160).num_timesteps == 160


def test_black_death_takes_no_dictionary():
    import supersuit

    from editenv import image_edit_v0

    env = image_edit_v0.parallel_env("ImageEdit-Restore-v0", uniform_spaces="flat")
    with pytest.raises(AssertionError, match="must be Box"):
        supersuit.black_death_v3(env).reset(seed=0)
