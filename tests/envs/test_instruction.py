"""The instruction in the observation: a row a token, a mask of the rows that are words."""

import numpy as np
import pytest

from editenv.encoders import make_encoder
from editenv.envs.image_edit import ImageEditEnv


@pytest.mark.parametrize(("max_tokens", "cut"), [(4, True), (64, False)])
def test_the_mask_marks_the_words(max_tokens, cut):
    env = ImageEditEnv(max_tokens=max_tokens, image_size=64)
    observation, info = env.reset(seed=0)
    tokens = make_encoder("static").tokens(info["instruction"])
    assert (len(tokens) > max_tokens) is cut
    tokens = tokens[:max_tokens]
    words = len(tokens)
    assert observation["instruction_mask"].tolist() == [1] * words + [0] * (max_tokens - words)
    np.testing.assert_array_equal(observation["instruction"][:words], tokens)
    assert not observation["instruction"][words:].any()


def test_pooled_needs_no_mask():
    env = ImageEditEnv(instruction_format="pooled", image_size=64)
    observation, info = env.reset(seed=0)
    assert "instruction_mask" not in observation
    pooled = make_encoder("static").pooled(info["instruction"])
    np.testing.assert_array_equal(observation["instruction"], pooled)
