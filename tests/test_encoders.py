"""Text encoders: shapes, bounds, meaning, sharing and errors."""

from __future__ import annotations

import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled

from editenv.encoders import (
    CachedEncoder,
    SentenceTransformerEncoder,
    StaticTextEncoder,
    TransformersTextEncoder,
    make_encoder,
)

INSTRUCTION = "Make the small kite teal, then get rid of the apple."
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "make", "the", "kite", "teal", "apple"]


class _Counting:
    """Counts its calls; a text is one vector of its length."""

    dimension = 2

    def __init__(self):
        self.calls = 0

    def tokens(self, text):
        self.calls += 1
        return np.full((1, 2), len(text) / 100, np.float32)

    def pooled(self, text):
        self.calls += 1
        return np.array([1, 0], np.float32)


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    """A folder with a random BERT of 16 dimensions and a tokenizer of nine words."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    torch.manual_seed(0)
    tokenizer = transformers.BertTokenizerFast(vocab=vocabulary, model_max_length=12)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=12,
    )
    tokenizer.save_pretrained(folder)
    transformers.BertModel(config).save_pretrained(folder)
    return str(folder)


def test_static_tokens_are_bounded_and_in_reading_order():
    encoder = StaticTextEncoder()
    vectors = encoder.tokens(INSTRUCTION)
    assert vectors.dtype == np.float32
    assert vectors.shape[1] == encoder.dimension == 256
    assert vectors.shape[0] > 10
    assert np.linalg.norm(vectors, axis=1).max() <= 1 + 1e-6
    np.testing.assert_array_equal(vectors[0], encoder.tokens("Make")[0])
    assert not np.array_equal(encoder.tokens("apple kite"), encoder.tokens("kite apple"))


def test_static_content_words_weigh_more_than_function_words():
    lengths = {w: np.linalg.norm(StaticTextEncoder().tokens(w)[0]) for w in ("the", "apple")}
    assert lengths["the"] < 0.3
    assert lengths["apple"] > 0.9


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("dog", "puppy", "car"),
        ("remove the cup", "get rid of the mug", "brighten the photo"),
        ("purple", "violet", "apple"),
    ],
)
def test_static_pooled_vectors_carry_meaning(text, near, far):
    pooled = StaticTextEncoder().pooled
    assert np.linalg.norm(pooled(text)) == pytest.approx(1, abs=1e-5)
    assert pooled(text) @ pooled(near) > pooled(text) @ pooled(far) + 0.1


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_static_empty_text_gives_one_row_of_zeros(text):
    encoder = StaticTextEncoder()
    assert encoder.tokens(text).shape == (1, 256)
    assert not encoder.tokens(text).any()
    assert not encoder.pooled(text).any()


def test_static_encoder_pickles_without_its_table():
    encoder = StaticTextEncoder()
    encoder.tokens("kite")
    data = pickle.dumps(encoder)
    assert len(data) < 1000
    np.testing.assert_array_equal(pickle.loads(data).tokens("kite"), encoder.tokens("kite"))


def test_static_encoder_imports_neither_wordllama_nor_torch():
    code = (
        "import sys; from editenv.encoders import make_encoder; "
        "assert 'tokenizers' not in sys.modules, 'not lazy'; "
        "make_encoder('static').tokens('a kite'); "
        "print([m for m in ('torch', 'wordllama', 'transformers') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_static_encoder_names_the_pip_command_when_wordllama_is_missing(monkeypatch):
    from editenv.encoders import static

    static._load.cache_clear()
    monkeypatch.setattr(static.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DependencyNotInstalled, match="pip install wordllama"):
        StaticTextEncoder().tokens("kite")


def test_transformers_encoder_gives_contextual_tokens(tiny_bert):
    encoder = TransformersTextEncoder(tiny_bert)
    vectors = encoder.tokens("make the kite teal")
    assert encoder.dimension == 16
    assert vectors.shape == (4, 16)  # [CLS] and [SEP] are left out
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert not np.allclose(vectors[2], encoder.tokens("the kite")[1])
    np.testing.assert_array_equal(vectors, encoder.tokens("make the kite teal"))
    assert np.linalg.norm(encoder.pooled("the kite")) == pytest.approx(1, abs=1e-5)


def test_transformers_encoder_cuts_long_and_survives_empty_texts(tiny_bert):
    encoder = TransformersTextEncoder(tiny_bert)
    assert encoder.tokens("the kite " * 50).shape == (10, 16)
    assert encoder.tokens("").shape == (1, 16)
    assert not encoder.pooled("").any()


def test_transformers_encoder_of_an_encoder_decoder_uses_the_encoder(tiny_bert, tmp_path):
    import transformers

    config = transformers.T5Config(
        vocab_size=9, d_model=8, d_kv=4, d_ff=16, num_layers=1, num_heads=2,
        decoder_start_token_id=0,
    )  # fmt: skip
    transformers.T5Model(config).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny_bert).save_pretrained(tmp_path)
    assert make_encoder(f"transformers:{tmp_path}").tokens("the kite").shape == (2, 8)


def test_transformers_encoder_refuses_a_folder_without_a_model(tmp_path):
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"folder=.*accepted"):
        make_encoder(f"transformers:{tmp_path}")


@pytest.mark.parametrize(
    ("spec", "module", "command"),
    [
        ("transformers:nowhere", "transformers", "pip install transformers torch"),
        ("transformers:nowhere", "torch", "pip install transformers torch"),
        ("sentence-transformers:nowhere", "sentence_transformers", "install sentence-transformers"),
    ],
)
def test_missing_package_names_the_pip_command(monkeypatch, spec, module, command):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DependencyNotInstalled, match=command):
        make_encoder(spec)


def test_sentence_transformer_uses_tokens_and_sentence_vector_of_the_package(monkeypatch):
    class Model:
        def __init__(self, folder, device, local_files_only):
            assert local_files_only

        def get_sentence_embedding_dimension(self):
            return 3

        def encode(self, text, output_value="sentence_embedding", show_progress_bar=False):
            rows = np.array([[3, 0, 0], [0, 2, 0]], np.float64)
            return rows if output_value == "token_embeddings" else rows[1]

    stub = types.SimpleNamespace(SentenceTransformer=Model)
    monkeypatch.setitem(sys.modules, "sentence_transformers", stub)
    encoder = SentenceTransformerEncoder("stub-folder")
    np.testing.assert_array_equal(encoder.tokens("a b"), [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(encoder.pooled("a b"), [0, 1, 0])
    assert encoder.tokens("a b").dtype == np.float32


def test_cache_computes_a_text_once_and_is_bounded():
    inner = _Counting()
    cached = CachedEncoder(inner, size=2)
    first = cached.tokens("a")
    assert cached.tokens("a") is first
    assert inner.calls == 1
    cached.tokens("b")
    cached.tokens("c")
    cached.tokens("a")
    assert inner.calls == 4
    cached.pooled("a")
    cached.pooled("a")
    assert inner.calls == 5


def test_cached_arrays_are_read_only_and_leave_the_encoder_s_own_alone():
    class Owner(_Counting):
        store = np.zeros((1, 2), np.float32)

        def tokens(self, text):
            return self.store[:]

    vectors = CachedEncoder(Owner()).tokens("a")
    with pytest.raises(ValueError, match="read-only"):
        vectors[0, 0] = 1
    Owner.store[0, 0] = 5
    assert vectors[0, 0] == 0


def test_cache_pickles_empty_and_refuses_a_size_below_one():
    cached = pickle.loads(pickle.dumps(make_encoder("static")))
    np.testing.assert_array_equal(cached.tokens("kite"), make_encoder("static").tokens("kite"))
    with pytest.raises(ValueError, match="size=0"):
        CachedEncoder(_Counting(), size=0)


def test_make_encoder_shares_named_encoders_and_wraps_objects():
    assert make_encoder("static") is make_encoder()
    inner = _Counting()
    wrapped = make_encoder(inner)
    assert wrapped.encoder is inner
    assert make_encoder(wrapped) is wrapped
    assert wrapped.dimension == 2


@pytest.mark.parametrize(
    "spec", ["statics", "", "transformers:", "transformers", None, 3, object(), StaticTextEncoder]
)
def test_make_encoder_names_argument_value_and_accepted(spec):
    with pytest.raises(ValueError, match=r"encoder=.*not accepted; give 'static'"):
        make_encoder(spec)
