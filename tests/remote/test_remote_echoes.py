"""Replies that swell while they are unpacked, and replies that give a key away."""

import base64
import gzip
import io
import json
import logging
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image
from remote.calls import FAST, batch
from remote.raw import RawServer, http

from editenv.failure import Failure
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.remote import Key, Limits
from editenv.models.remote.redaction import redact
from editenv.models.remote_tools import ImagesEditTool

ONCE = Limits(attempts=1)
SENTINEL = "sk-Sentinel-7f3e9a"

# Bodies that swell


def test_packed_replies_are_read():
    images, masks, options, prompts = batch(1)
    stream = io.BytesIO()
    Image.fromarray(images[0]).save(stream, "PNG")
    plain = json.dumps({"data": [{"b64_json": base64.b64encode(stream.getvalue()).decode()}]})
    for coding, packed in (
        ("gzip", gzip.compress(plain.encode())),
        ("deflate", zlib.compress(plain.encode())),
    ):
        with RawServer(lambda path, b=packed, c=coding: http(b, Content_Encoding=c)) as server:
            tool = ImagesEditTool(server.url + "#m", limits=ONCE)
            (edited,) = tool.apply_prompted(images, masks, options, prompts)
            tool.close()
        assert not isinstance(edited, Failure) and np.array_equal(edited.image, images[0])


@pytest.mark.parametrize("status", [200, 500])
def test_a_bomb_is_not_unpacked_whole(status):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()
    assert len(bomb) < 2**18
    limits = Limits(attempts=1, body=2**20)
    with RawServer(lambda path: http(bomb, status=status, Content_Encoding="gzip")) as server:
        tool = ImagesEditTool(server.url + "#m", limits=limits)
        tracemalloc.start()
        (failure,) = tool.apply_prompted(*batch(1))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        tool.close()
    assert isinstance(failure, Failure)
    assert failure.kind == ("bad_response" if status == 200 else "server_error")
    assert peak < 30 * 2**20


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"{}" * 999)[:-9]], ids=["no gzip", "cut off"]
)
def test_a_broken_package(packed):
    with RawServer(lambda path: http(packed, Content_Encoding="gzip")) as server:
        tool = ImagesEditTool(server.url + "#m", limits=ONCE)
        (failure,) = tool.apply_prompted(*batch(1))
        tool.close()
    assert isinstance(failure, Failure) and failure.kind == "bad_response"
    assert "gzip" in failure.detail


# Keys that come back


ECHOES = {
    "whole": SENTINEL,
    "in two pieces": f"starts with {SENTINEL[:9]} and ends with {SENTINEL[9:]}",
    "masked": f"{SENTINEL[:7]}*****{SENTINEL[-4:]}",
    "letter by letter": " ".join(SENTINEL),
    "reversed": SENTINEL[::-1],
    "upper case": SENTINEL.upper(),
    "hexadecimal": SENTINEL.encode().hex(":"),
    **{f"base64 {n}": base64.b64encode(bytes(n) + SENTINEL.encode()).decode() for n in range(3)},
    "base64 of all": base64.b64encode(f"Authorization: Bearer {SENTINEL}!".encode()).decode(),
    "a piece in base64": base64.b64encode(SENTINEL[3:14].encode()).decode(),
    "cut off": "x " * 85 + SENTINEL,
    "cut off in base64": "x " * 90 + base64.b64encode(SENTINEL.encode()).decode(),
}


def pieces_in(text, echo):
    """Return what can be read of an echo: runs of four letters and more that a text has too."""
    letters, sent = ("".join(filter(str.isalnum, t)).casefold() for t in (text, echo))
    sent = sent.lstrip("x")
    return [sent[n : n + 4] for n in range(len(sent) - 3) if sent[n : n + 4] in letters]


@pytest.mark.parametrize("echo", ECHOES.values(), ids=list(ECHOES))
@pytest.mark.parametrize("place", ["message", "type", "reason"])
def test_a_key_that_is_echoed_shows_in_no_detail_and_no_log(echo, place, monkeypatch, caplog):
    monkeypatch.setenv("EDITENV_API_KEY", SENTINEL)
    reply = {
        "message": http({"error": {"message": echo}}, status=401),
        "type": http({}, kind=f"text/{echo}"),
        "reason": http({"choices": [{"message": {"content": ""}, "finish_reason": echo}]}),
    }[place]
    with RawServer(lambda path: reply) as server, caplog.at_level(logging.DEBUG):
        key = Key.from_env("EDITENV_API_KEY")
        model = EndpointChatModel(server.url + "#m", key=key, limits=FAST)
        (failure,) = model.complete([[{"role": "user", "content": "x"}]])
        model.close()
    assert isinstance(failure, Failure) and failure.kind in ("rejected", "bad_response", "refusal")
    for text in (failure.detail, caplog.text):
        assert SENTINEL not in text
    if echo not in (SENTINEL, f"Bearer {SENTINEL}"):
        assert not pieces_in(failure.detail.replace("holds pieces of a key", ""), echo)
    assert echo not in caplog.text


def test_what_holds_no_key_is_quoted(monkeypatch):
    monkeypatch.setenv("EDITENV_API_KEY", SENTINEL)
    Key.from_env("EDITENV_API_KEY")
    text = "Unknown parameter: 'seed'. Sizes are 256x256, 512x512 or 1024x1024."
    assert redact(text) == text
    monkeypatch.setenv("EDITENV_API_KEY", "sk-proj-Q7xK2vJ9wZ4bT6")
    said = "The project has no access to this model."
    assert redact(said) == said and redact("it ends with T6", None) == "it ends with T6"
    assert "7xK2" not in redact("begins with sk-proj-Q7xK2")
    monkeypatch.setenv("EDITENV_API_KEY", "EMPTY")
    assert redact("the field is empty") == "the field is empty"
