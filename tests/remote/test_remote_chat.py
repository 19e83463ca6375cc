"""Chat models behind an endpoint."""

import numpy as np
import pytest
from remote.calls import FAST, nothing_is_left, open_files, threads
from remote.faults import Faults
from remote.server import MODEL, Server

from editenv.failure import KINDS, Failure
from editenv.models.chat import ChatModel, make_chat_model
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.chat.prices import TokenPrices
from editenv.models.remote import Budget

PICTURE = np.arange(8 * 9 * 3, dtype=np.uint8).reshape(8, 9, 3)


def chat(text, image=PICTURE):
    parts = [{"type": "image", "image": image}, {"type": "text", "text": text}]
    return [{"role": "user", "content": parts}]


def text_of(body):
    return body["messages"][-1]["content"][1]["text"]


def test_answers_and_what_is_sent():
    with Server(answer=lambda body: text_of(body).upper()) as server:
        model = make_chat_model(f"openai:{server.url}#a/b:1")
        assert isinstance(model, ChatModel)
        assert model.name == f"openai:{server.url}#a/b:1"
        answers = model.complete([chat("one"), chat("two")], max_tokens=7, temperature=0.5, seed=3)
        model.close()
    assert answers == ["ONE", "TWO"]
    body = server.bodies[0]
    assert (body["model"], body["max_tokens"]) == ("a/b:1", 7)
    assert (body["temperature"], body["seed"]) == (0.5, 3)
    url = body["messages"][0]["content"][0]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,iVBOR")


def test_the_model_is_asked_for_when_none_is_named():
    with Server() as server:
        model = EndpointChatModel(server.url)
        assert model.complete([chat("x")] * 3) == ["ok"] * 3
        assert model.complete([chat("x")]) == ["ok"]
        model.close()
        assert server.count("/models") == 1
        assert {body["model"] for body in server.bodies} == {MODEL}


def test_the_fields_of_a_name():
    with Server() as server:
        model = make_chat_model(
            f"openai:{server.url}#m?token_field=max_completion_tokens&field.temperature=null"
            "&field.top_p=0.5&field.effort=low"
        )
        assert model.complete([chat("x")]) == ["ok"]
        model.close()
    (body,) = server.bodies
    del body["messages"]
    sent = {"model": "m", "max_completion_tokens": 512, "seed": 0, "top_p": 0.5, "effort": "low"}
    assert body == sent


def test_several_models_are_named_in_the_error():
    with Server(models=("one", "two")) as server:
        model = EndpointChatModel(server.url)
        with pytest.raises(ValueError, match="add #MODEL, one of"):
            model.complete([chat("x")])
        model.close()


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": "half", "refusal": None}, "finish_reason": "content_filter"},
        {"message": {"content": None, "refusal": "no"}, "finish_reason": "stop"},
        {"message": {"content": " \n"}, "finish_reason": "length"},
        {"message": {"content": None}, "finish_reason": "stop"},
    ],
)
def test_refusals(choice):
    with Server(answer=lambda body: {"choices": [choice]}) as server:
        model = EndpointChatModel(server.url + "#m")
        (answer,) = model.complete([chat("x")])
        model.close()
        assert server.count() == 1
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.attempts, answer.component) == ("refusal", 1, model.name)


def test_a_server_that_is_not_there():
    with Server() as server:
        url = server.url
    model = EndpointChatModel(url + "#m", limits=FAST)
    (answer,) = model.complete([chat("x")])
    model.close()
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.attempts) == ("connection", 4)


def test_300_calls_at_20_percent_faults():
    before = threads(), open_files()
    with Server(answer=lambda body: text_of(body)[::-1], faults=Faults(0.2)) as server:
        model = EndpointChatModel(server.url + "#m", limits=FAST)
        texts = [f"call {n}" for n in range(300)]
        answers = model.complete([chat(text) for text in texts])
        model.close()
    wrong = [a for a, t in zip(answers, texts, strict=True) if isinstance(a, str) and a != t[::-1]]
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    assert not wrong
    assert {failure.kind for failure in failures} <= set(KINDS)
    assert len(failures) < 20
    assert sum(server.faults.made.values()) > 40
    assert all(server.faults.made.values())
    assert nothing_is_left(before)


def test_money_by_usage():
    budget = Budget(money=1.0)
    prices = TokenPrices(input=1000.0, output=10_000.0, image_tokens=100)
    with Server() as server:
        model = EndpointChatModel(server.url + "#m", budget=budget, prices=prices)
        assert model.complete([chat("x")] * 2, max_tokens=10) == ["ok", "ok"]
        model.close()
    # The server says 10 tokens in and 5 out.
    assert budget.spent.money == pytest.approx(2 * (10 * 1000 + 5 * 10_000) / 1e6)


@pytest.mark.parametrize("content", [None, [{"type": "image", "image": PICTURE / 255}], ["text"]])
def test_a_wrong_message_is_named(content):
    model = EndpointChatModel("http://127.0.0.1:9/v1#m")
    with pytest.raises(ValueError, match="message"):
        model.complete([[{"role": "user", "content": content}]])


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("http://h/v1#m?colour=1", "unknown options"),
        ("http://h/v1#m?attempts=many", "attempts='many'"),
        ("http://h/v1#m?input=-1", "prices"),
        ("ftp://h/v1", "is no URL"),
    ],
)
def test_wrong_names(name, match):
    with pytest.raises(ValueError, match=match):
        make_chat_model(f"openai:{name}")
