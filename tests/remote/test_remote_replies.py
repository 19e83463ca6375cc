"""Single replies that once raised out of ``env.step``."""

import base64
import io
import json

import gymnasium
import numpy as np
import pytest
from PIL import Image
from remote.mutants import chunks_of, png_of
from remote.raw import RawServer, http

import editenv  # noqa: F401
from editenv.failure import Failure
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.chat.prices import TokenPrices
from editenv.models.judges.vlm import VlmJudge
from editenv.models.remote import Budget, Limits
from editenv.models.remote.reply import retry_after
from editenv.models.remote_tools import ImagesEditTool
from editenv.types import ToolCall

ONCE = Limits(attempts=1)


def palette_png(without=(), also=(), side=64):
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(noise).convert("P").save(stream, "PNG")
    chunks = [chunk for chunk in chunks_of(stream.getvalue()) if chunk[0] not in without]
    return png_of([chunks[0], *also, *chunks[1:]])


def in_base64(data):
    return http({"data": [{"b64_json": base64.b64encode(data).decode()}]})


def at(url):
    return http('{"data": [{"url": "URL"}]}'.replace("URL", url))


def busy(retry):
    return http({}, status=429, Retry_After=retry)


EDITS = {
    "a year": (busy("Thu, 26 Nov 99999999999999999999 12:00:00 GMT"), "rate_limit"),
    "an offset": (busy("Thu, 26 Nov 2026 12:00:00 +99999999999999999999"), "rate_limit"),
    "before time": (busy("Mon, 01 Jan 0001 00:00:00 +2359"), "rate_limit"),
    "a port": (at("http://127.0.0.1:99999/x"), "bad_response"),
    "a port below 0": (at("http://127.0.0.1:-1/x"), "bad_response"),
    "wide digits": (at("http://127.0.0.1:\\uff18\\uff10/x"), "bad_response"),
    "half a pair": (at("http://127.0.0.1:80/\\ud800"), "bad_response"),
    "half a host": (at("http://[::1"), "bad_response"),
    "no palette": (in_base64(palette_png(without=[b"PLTE"])), None),
    "a long tRNS": (in_base64(palette_png(also=[(b"tRNS", bytes(2000))])), None),
    "half a pair in an error": (
        http('{"error": {"message": "\\ud800"}}', status=400),
        "rejected",
    ),
    "a coding of its own": (http({}, Content_Encoding="br"), "bad_response"),
}


def test_no_reply_to_an_edit_raises_out_of_step():
    with RawServer() as server:
        tool = ImagesEditTool(server.url + "#m", limits=ONCE)
        env = gymnasium.make(
            "ImageEdit-v0", tools=[tool], image_size=64, down_after=100, disable_env_checker=True
        )
        call = env.unwrapped.encode(ToolCall(tool.name))
        for name, (reply, kind) in EDITS.items():
            server.answer = lambda path, reply=reply: reply
            env.reset(seed=0)
            *_, truncated, info = env.step(call)
            said = info["failure"]["kind"] if truncated else None
            # A decoder may yet learn to read a picture, but it must not raise.
            assert said == kind or (kind is None and said == "bad_response"), name
        env.close()
        tool.close()


ANSWER = '{"instruction": 5, "preserved": 5, "quality": 5}'


def said(content, tokens="10"):
    message = f'{{"message": {{"content": {content}}}, "finish_reason": "stop"}}'
    usage = f'{{"prompt_tokens": {tokens}, "completion_tokens": 5}}'
    return http(f'{{"choices": [{message}], "usage": {usage}}}')


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (said('"\\ud800"'), "bad_response"),
        (said('"\\ud800"').replace(b"\\ud800", b"\xed\xa0\x80   "), "bad_response"),
        (said(json.dumps(ANSWER), tokens="1" + "0" * 400), None),
        (said(json.dumps(ANSWER), tokens="1" + "0" * 300), None),
        (said("7"), "bad_response"),
        (http("[" * 100_000), "bad_response"),
    ],
)
def test_no_reply_to_a_judge_raises_out_of_step(reply, kind):
    budget = Budget(money=100.0)
    with RawServer(lambda path: reply) as server:
        model = EndpointChatModel(
            server.url + "#m", limits=ONCE, budget=budget, prices=TokenPrices(2.0, 8.0)
        )
        env = gymnasium.make(
            "ImageEdit-v0", judge=VlmJudge(model), image_size=64, disable_env_checker=True
        )
        env.reset(seed=0)
        *_, info = env.step(env.unwrapped.encode(ToolCall("submit")))
        env.close()
        model.close()
    if kind is None:
        assert info["judge"]["score"] == 5.0
    else:
        assert info["failure"]["kind"] == kind
    assert 0 < budget.spent.money < 1, "what cannot be believed costs what was reserved"


def test_words_that_are_no_unicode_are_not_sent():
    with RawServer(lambda path: said('"ok"')) as server:
        model = EndpointChatModel(server.url + "#m", limits=ONCE, prices=TokenPrices(1.0, 1.0))
        (answer,) = model.complete([[{"role": "user", "content": "\ud800"}]])
        model.close()
    assert isinstance(answer, Failure) and (answer.kind, answer.attempts) == ("error", 1)


@pytest.mark.parametrize("text", ["1" * 400, "Thu, 26 Nov 2026 12:00:00 +9999999999", "\ud800"])
def test_what_no_calendar_has(text):
    assert retry_after({"retry-after": text}) is None
