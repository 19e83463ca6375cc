"""The key is used, and shows nowhere."""

import copy
import io
import logging
import pickle
import sys
import threading
import traceback

import gymnasium
import numpy as np
import pytest
from remote.calls import FAST, batch
from remote.faults import Faults
from remote.server import Server

import editenv  # noqa: F401
from editenv.failure import Failure, FailureError
from editenv.models.chat import make_chat_model
from editenv.models.remote import Budget, Key, default_key
from editenv.models.remote.redaction import redact
from editenv.models.remote_tools import ImagesEditTool, JsonTool
from editenv.tools import make_tool

SENTINEL = "sk-Sentinel-7f3e9a"


@pytest.fixture
def key_in_env(monkeypatch):
    monkeypatch.setenv("EDITENV_API_KEY", SENTINEL)
    return Key.from_env("EDITENV_API_KEY")


@pytest.fixture
def log():
    """Everything that any logger says, at DEBUG."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def shown(thing):
    """Return all that an object shows of itself."""
    parts = [repr(thing), str(thing), repr(vars(thing)) if hasattr(thing, "__dict__") else ""]
    return "\n".join(parts)


def test_the_key_is_sent_and_shows_nowhere(key_in_env, log, capfd, tmp_path):
    images, masks, options, prompts = batch(40)
    faults = Faults(0.6, seed=5)
    faults_of_chat = Faults(0.6, ["server_error", "rate_limit", "truncated", "refusal"], seed=5)
    budget = Budget(calls=10_000, path=tmp_path / "ledger")
    seen = []
    with Server(key=SENTINEL, faults=faults) as server:
        made = make_tool(f"openai:{server.url}#m?attempts=2&silence=0.3&attempt=0.5&backoff=0.01")
        given = JsonTool(server.origin + "/edit", key=key_in_env, limits=FAST, budget=budget)
        for tool in (made, given):
            results = tool.apply_prompted(images, masks, options, prompts)
            assert any(isinstance(result, Failure) for result in results)
            assert not all(isinstance(result, Failure) for result in results)
            seen += [shown(tool), shown(tool.client), shown(tool.address), shown(tool.settings)]
            seen += [tool.name, tool.version, repr(pickle.dumps(tool)), shown(copy.deepcopy(tool))]
            for result in results:
                if isinstance(result, Failure):
                    error = FailureError(result)
                    seen += [shown(result), shown(error), repr(pickle.dumps(error))]
                    seen += [str(result.info())]
            tool.close()
    with Server(key=SENTINEL, faults=faults_of_chat) as server:
        model = make_chat_model(f"openai:{server.url}#m?attempts=1")
        answers = model.complete([[{"role": "user", "content": "x"}]] * 40)
        assert "ok" in answers and any(isinstance(answer, Failure) for answer in answers)
        seen += [shown(model), repr(pickle.dumps(model)), repr(answers)]
        model.close()
    assert {request.headers["Authorization"] for request in server.requests} == {
        f"Bearer {SENTINEL}"
    }
    seen += [shown(key_in_env), repr(pickle.dumps(key_in_env)), shown(budget)]
    seen += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    output, errors = capfd.readouterr()
    # The HTTP library does log the header in which the server sends the key back.
    assert "X-Brought" in log.getvalue() and "[key]" in log.getvalue()
    for text in (*seen, output, errors, log.getvalue()):
        assert SENTINEL not in text


def test_the_key_is_in_no_spec_info_or_cache(key_in_env, tmp_path, capfd):
    with Server(key=SENTINEL) as server:
        env = gymnasium.make(
            "ImageEdit-v0",
            tools=[f"openai:{server.url}#m", "remove_mean"],
            edit_cache=f"disk:{tmp_path}",
        )
        assert env.spec is not None
        spec = env.spec.to_json()
        infos = [env.reset(seed=0)[1], env.step(np.array([0, 0, 0]))[4]]
        env.close()
        assert server.count() == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    texts = [path.read_bytes().decode("latin-1") for path in files]
    for text in (spec, repr(infos), repr(env), repr(env.spec), *texts, *capfd.readouterr()):
        assert SENTINEL not in text


def test_no_traceback_shows_it_even_with_locals(key_in_env):
    images, masks, options, prompts = batch(1)
    with Server(key=SENTINEL) as server:
        tool = ImagesEditTool(server.url, key=key_in_env, limits=FAST)
        tool._form = lambda *arguments: 1 / 0  # A bug, no reply: it is raised.
        with pytest.raises(ZeroDivisionError) as caught:
            tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    text = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert "_call" in text and "question = " in text
    assert SENTINEL not in text


def test_a_key_that_goes_away_is_named_not_shown(key_in_env, monkeypatch):
    images, masks, options, prompts = batch(1)
    with Server(key=SENTINEL) as server:
        tool = ImagesEditTool(server.url, key=key_in_env, limits=FAST)
        monkeypatch.setenv("EDITENV_API_KEY", f"{SENTINEL} {SENTINEL}")
        with pytest.raises(ValueError, match="EDITENV_API_KEY does not hold one key") as caught:
            tool.apply_prompted(images, masks, options, prompts)
        tool.close()
        assert server.count() == 0
    text = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert SENTINEL not in text


def test_the_key_goes_to_no_other_host(key_in_env):
    images, masks, options, prompts = batch(1)
    with Server(result="url", result_host="localhost") as server:
        tool = ImagesEditTool(server.url, key=key_in_env, limits=FAST, result_hosts=["localhost"])
        tool.apply_prompted(images, masks, options, prompts)
        tool.close()
    assert [request.headers.get("Authorization") for request in server.requests] == [
        f"Bearer {SENTINEL}",
        None,
    ]


def test_a_file_may_hold_it(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text(f"\n {SENTINEL}\n")
    key = Key.from_file(path)
    assert key.reveal() == SENTINEL
    assert pickle.loads(pickle.dumps(key)).reveal() == SENTINEL
    for name in ("EDITENV_API_KEY", "OPENAI_API_KEY", "EDITENV_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert default_key() is None
    monkeypatch.setenv("EDITENV_API_KEY_FILE", str(path))
    assert default_key() == key
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    assert default_key() == Key.from_env("OPENAI_API_KEY")
    monkeypatch.setenv("EDITENV_API_KEY", "mine")
    assert default_key() == Key.from_env("EDITENV_API_KEY")
    assert redact(f"a {SENTINEL} b") == "a [key] b"


@pytest.mark.parametrize(
    "make",
    [
        lambda path: Key.from_env(SENTINEL),
        lambda path: Key.from_env("SK_UNSET_VARIABLE"),
        lambda path: Key.from_file(SENTINEL),
        lambda path: Key.from_file(path),
        lambda path: ImagesEditTool("http://h/v1", key=SENTINEL),  # type: ignore
        lambda path: make_tool(f"openai:http://user:{SENTINEL}@h/v1#m"),
        lambda path: make_tool(f"openai:http://{SENTINEL}@h/v1#m"),
        lambda path: make_tool(f"openai:http://h/v1?api_key={SENTINEL}#m"),
        lambda path: make_tool(f"openai:http://h/v1#m?access_token={SENTINEL}"),
        lambda path: make_tool(f"openai:http://h/v1#m?field.api-key={SENTINEL}"),
        lambda path: make_tool(f"json:{SENTINEL}"),
        lambda path: make_chat_model(f"openai:https://:{SENTINEL}@h/v1"),
    ],
)
def test_a_wrong_place_for_a_key_is_refused_without_showing_it(make, tmp_path):
    path = tmp_path / "key"
    path.write_text(f"two {SENTINEL}")
    with pytest.raises(ValueError) as caught:
        make(path)
    text = "".join(traceback.format_exception(caught.value))
    assert SENTINEL not in text


def test_nothing_runs_when_this_is_over():
    assert not [thread for thread in threading.enumerate() if "editenv" in thread.name]
    assert SENTINEL not in repr(sys.argv)
