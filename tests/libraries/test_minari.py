"""Minari's own collector."""

import numpy as np
import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore::UserWarning")]


def test_minari(load, tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    example = load("minari_collect")
    example.collect(3)
    import minari

    data = minari.load_dataset(example.NAME)
    assert data.total_episodes == 3
    env = data.recover_environment()
    for number, episode in enumerate(data.iterate_episodes()):
        seen, _ = env.reset(seed=number)
        for step, action in enumerate(episode.actions):
            for key, value in seen.items():
                np.testing.assert_array_equal(value, episode.observations[key][step])
            seen, reward, *_ = env.step(action)
            assert reward == pytest.approx(episode.rewards[step])
