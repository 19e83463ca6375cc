"""RLlib's new API stack, on the Gymnasium that it pins."""

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(autouse=True)
def end_ray():
    """RLlib starts Ray by itself, and leaves it to others."""
    import ray

    yield
    ray.shutdown()


@pytest.mark.parametrize("name", ["train_rllib", "train_rllib_team"])
def test_ppo(load, learning, name):
    with learning():
        result = load(name).train(iterations=1)
    assert result["env_runners"]["num_env_steps_sampled"] >= 64
