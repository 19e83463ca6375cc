"""Text encoders: shapes, bounds, meaning, sharing and errors."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled
from tokenizers.processors import TemplateProcessing

from editenv.encoders import (
    CachedEncoder,
    StaticTextEncoder,
    make_encoder,
    make_image_encoder,
)
from editenv.encoders.crops import known_names
from editenv.models.encoders import SentenceTransformerEncoder, TransformersTextEncoder
from editenv.types import Region

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


def _save_towers(folder, kind):
    """Save a random CLIP or SigLIP of 16 dimensions (SigLIP: 32) with a byte tokenizer."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from editenv_policies.small_vlm import make_tokenizer

    tokenizer = make_tokenizer(300)
    end = tokenizer.eos_token
    # CLIP reads a sentence off its end token.
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
    )
    small = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }  # fmt: skip
    text = small | {
        "vocab_size": len(tokenizer), "max_position_embeddings": 32,
        "pad_token_id": tokenizer.pad_token_id, "bos_token_id": tokenizer.eos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }  # fmt: skip
    towers = {
        "text_config": text,
        "vision_config": small | {"image_size": 32, "patch_size": 8},
    }
    more, size = ({"projection_dim": 16} if kind == "CLIP" else {}), {"height": 32, "width": 32}
    models = f"transformers.models.{kind.lower()}.image_processing_pil_{kind.lower()}"
    pictures = getattr(importlib.import_module(models), f"{kind}ImageProcessorPil")
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**towers, **more)
    getattr(transformers, f"{kind}Model")(config).save_pretrained(folder)
    crop = {"crop_size": size} if kind == "CLIP" else {}
    processor = getattr(transformers, f"{kind}Processor")
    processor(pictures(size=size, **crop), tokenizer).save_pretrained(folder)


@pytest.fixture(scope="module", params=["CLIP", "Siglip"])
def towers(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("towers")
    _save_towers(folder, request.param)
    return str(folder)


def test_a_clip_folder_gives_words_in_the_space_of_its_pictures(towers):
    import torch
    from transformers import AutoModel, AutoTokenizer

    encoder = make_encoder(f"transformers:{towers}")
    model = AutoModel.from_pretrained(towers).eval()
    padding = "max_length" if "siglip" in model.config.model_type else False
    inputs = AutoTokenizer.from_pretrained(towers)(
        "a dark box", padding=padding, max_length=32, return_tensors="pt"
    )
    if padding:
        inputs.pop("attention_mask")
    with torch.inference_mode():
        wanted = model.get_text_features(**inputs)
    wanted = getattr(wanted, "pooler_output", wanted)[0].numpy()
    assert encoder.dimension == len(wanted)
    pooled = encoder.pooled("a dark box")
    np.testing.assert_allclose(pooled, wanted / np.linalg.norm(wanted), atol=1e-5)
    tokens = encoder.tokens("a dark box")
    assert tokens.shape[1] == encoder.dimension
    assert 3 <= len(tokens) < 12
    np.testing.assert_allclose(np.linalg.norm(tokens, axis=1), 1, rtol=1e-5)
    assert encoder.tokens("box " * 100).shape[0] <= 32
    assert not encoder.tokens("").any()
    assert not encoder.pooled(" ").any()


def test_a_clip_folder_sees_regions_by_its_own_image_tower(towers):
    import torch
    from transformers import AutoModel, AutoProcessor

    text = make_encoder(f"transformers:{towers}")
    encoder = make_image_encoder(f"transformers:{towers}", text)
    image = np.random.default_rng(0).integers(0, 256, (48, 40, 3), dtype=np.uint8)
    mask = np.zeros((48, 40), np.uint8)
    mask[8:28, 10:30] = 255
    slots = (Region.whole(48, 40), None, Region.from_mask("", mask))
    (rows,) = encoder.encode([image], [slots])
    assert rows.shape == (3, text.dimension)
    assert not rows[1].any()
    np.testing.assert_allclose(np.linalg.norm(rows[[0, 2]], axis=1), 1, rtol=1e-5)
    model = AutoModel.from_pretrained(towers).eval()
    crop = image[6:30, 8:32]  # the box and 12 % of it on each side
    processor = AutoProcessor.from_pretrained(towers)
    pixels = processor.image_processor(images=[crop], return_tensors="pt")
    with torch.inference_mode():
        wanted = model.get_image_features(**pixels)
    wanted = getattr(wanted, "pooler_output", wanted)[0].numpy()
    np.testing.assert_allclose(rows[2], wanted / np.linalg.norm(wanted), atol=1e-4)
    names = encoder.names(rows)
    assert names[1] is None
    assert set(names) - {None} <= set(known_names())
    # The image tower looks at boxes; the mask inside one does not matter.
    other = np.where(mask > 0, 200, 0).astype(np.uint8)
    (same,) = encoder.encode([image], [(None, Region.from_mask("", other))])
    np.testing.assert_array_equal(same[1], rows[2])
    np.testing.assert_allclose(
        pickle.loads(pickle.dumps(encoder)).encode([image], [slots])[0], rows, atol=1e-5
    )


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
