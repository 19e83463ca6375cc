"""Words that stand in for known ones while a policy learns."""

import numpy as np
import pytest
from editenv_policies.sb3.synonyms import Synonyms
from editenv_policies.sb3.unfamiliar import PLAIN, Unfamiliar

from editenv.encoders.static import StaticTextEncoder

ENCODER = StaticTextEncoder()


def word(text):
    (row,) = ENCODER.tokens(text)
    return row


KNOWN = np.stack([word(text) for text in ("red", "left", "right", "make")])


@pytest.fixture(scope="module")
def synonyms():
    return Synonyms(KNOWN, ENCODER.vocabulary(), share=0.5)


def test_the_vocabulary_has_what_texts_are_made_of():
    vocabulary = ENCODER.vocabulary()
    assert vocabulary.shape == (32000, 256) and vocabulary.dtype == np.float32
    for row in ENCODER.tokens("make the car red"):
        assert (vocabulary == row).all(1).any()


def test_a_word_is_replaced_by_words_that_lie_nearer_to_it_than_to_other_known_ones(synonyms):
    unit = KNOWN / np.linalg.norm(KNOWN, axis=1, keepdims=True)
    for number, known in enumerate(KNOWN):
        found = synonyms.of(known)
        assert len(found) > 3
        cosines = found / np.linalg.norm(found, axis=1, keepdims=True) @ unit.T
        assert (cosines.argmax(1) == number).all() and (cosines[:, number] >= 0.3).all()
        assert (np.diff(cosines[:, number]) <= 1e-6).all(), "the nearest first"
        assert not any((found == other).all(1).any() for other in KNOWN)


def test_a_share_of_the_real_words_is_replaced_and_nothing_else(synonyms):
    words = np.tile(KNOWN, (200, 1, 1))
    mask = np.ones((200, 4), np.int8)
    mask[:, 3] = 0
    before = words.copy()
    replaced = synonyms.replace(words, mask, np.random.default_rng(0))
    np.testing.assert_array_equal(words, before)
    changed = (replaced != words).any(2)
    assert not changed[:, 3].any()
    assert 0.4 < changed[:, :3].mean() < 0.6
    again = synonyms.replace(words, mask, np.random.default_rng(0))
    np.testing.assert_array_equal(replaced, again)


def test_unfamiliar_replaces_before_it_mixes(synonyms):
    seen = {
        "region_embeddings": np.ones((8, 2, 256), np.float32),
        "instruction": np.tile(KNOWN, (8, 1, 1)),
        "instruction_mask": np.ones((8, 4), np.int8),
    }
    shown = Unfamiliar(0, PLAIN, PLAIN, synonyms)(seen)
    changed = (shown["instruction"] != seen["instruction"]).any(2)
    assert 0 < changed.sum() < changed.size
    for row in shown["instruction"][changed]:
        assert any((synonyms.of(known) == row).all(1).any() for known in KNOWN)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="share=2 must be from 0 to 1"):
        Synonyms(KNOWN, ENCODER.vocabulary(), share=2)
    with pytest.raises(ValueError, match="it is of another encoder"):
        Synonyms(KNOWN + 0.5, ENCODER.vocabulary())
