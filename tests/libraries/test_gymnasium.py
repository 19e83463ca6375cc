"""Gymnasium's wrappers, vector modes and videos."""

import numpy as np
import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore::UserWarning")]


def test_wrappers_and_vector_modes(load, capsys):
    example = load("gymnasium_wrappers")
    example.main()
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[:-3]] == list(example.STACKS)
    # The same seeds and actions bring the same rewards in every mode.
    rewards = {line.split()[-1] for line in said[-3:]}
    assert len(rewards) == 1 and float(*rewards) != 0.0


def test_a_video_shows_the_frames(load, tmp_path):
    import gymnasium
    import imageio_ffmpeg

    (path,) = load("record_video").record(tmp_path, 1)
    reader = imageio_ffmpeg.read_frames(str(path))
    size = next(reader)["source_size"]
    frames = [np.frombuffer(frame, np.uint8).reshape(size[1], size[0], 3) for frame in reader]
    env = gymnasium.make("ImageEdit-v0", render_mode="rgb_array")
    env.reset(seed=0)
    first = env.render()
    assert first.shape == frames[0].shape and size[0] % 16 == size[1] % 16 == 0
    # H.264 loses some: within a few grey levels on average, and the frames differ from each other.
    assert np.abs(frames[0].astype(int) - first).mean() < 6
    assert np.abs(frames[0].astype(int) - frames[-1]).max() > 50
