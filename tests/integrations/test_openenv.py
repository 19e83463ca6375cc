"""editenv behind OpenEnv's server: driven over WebSocket by its own client, and by MCP.

pip install -e . -r integrations/openenv/server/requirements.txt pytest
pip install --no-deps -e integrations/openenv
python -m pytest tests/integrations/test_openenv.py
"""

import base64
import io
import json
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("openenv", reason="openenv is not installed: see this file's first lines")
pytest.importorskip(
    "editenv_openenv", reason="pip install --no-deps -e integrations/openenv is missing"
)

import requests
import uvicorn
from editenv_openenv import EditAction, EditEnv
from editenv_openenv.client import picture_of
from websockets.sync.client import connect

from editenv.text import EditSessions, ImageEditTextEnv

FOLDER = Path(__file__).parents[2] / "integrations" / "openenv"
TASKS, SIZE = "ImageEdit-Direct-v0", 64


@pytest.fixture(scope="module")
def url():
    """A server of this package on the loopback, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDITENV_TASKS", TASKS)
        patch.setenv("EDITENV_IMAGE_SIZE", str(SIZE))
        patch.setenv("EDITENV_SESSIONS", "8")
        from editenv_openenv.server.app import app

        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def sessions(**arguments):
    env = ImageEditTextEnv(TASKS, image_size=SIZE, max_turns=16, **arguments)
    return EditSessions(env)


def as_action(edit):
    return EditAction(action=edit[0], subject=edit[1], goal=edit[2])


def test_an_episode_over_websocket_is_the_environments(url):
    own = sessions().start(4)
    with EditEnv(base_url=url).sync() as client:
        result = client.reset(index=4)
        assert result.observation.instruction == result.observation.text == own.instruction
        np.testing.assert_array_equal(np.array(picture_of(result.observation)), own.image)
        assert (result.reward, result.done) == (0.0, False)
        earned = 0.0
        for edit in own.reference_calls():
            result = client.step(as_action(edit))
            assert result.observation.text == own.edit(*edit)
            np.testing.assert_array_equal(np.array(picture_of(result.observation)), own.image)
            assert result.reward == own.last_reward
            earned += result.reward
        assert not result.done
        result = client.step(EditAction(action="hand_in"))
        assert result.done and result.observation.is_success
        assert earned + result.reward == 1.0
        state = client.state()
        assert (state.total_reward, state.done, state.step_count) == (1.0, True, 2)
        assert state.tasks == TASKS


def test_pictures_are_png_files_in_base64(url):
    with EditEnv(base_url=url).sync() as client:
        raw = base64.b64decode(client.reset(index=0).observation.picture, validate=True)
    picture = Image.open(io.BytesIO(raw))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (SIZE, SIZE))


def test_a_reset_describes_the_actions_as_functions(url):
    with EditEnv(base_url=url).sync() as client:
        functions = [tool["function"] for tool in client.reset(index=0).observation.tools]
    by_name = {function["name"]: function for function in functions}
    assert by_name["hand_in"]["parameters"]["properties"] == {}
    assert "teal" in by_name["recolour"]["parameters"]["properties"]["goal"]["enum"]
    assert by_name["remove"]["parameters"]["required"] == ["subject"]


def test_the_same_seed_draws_the_same_task_and_splits_differ(url):
    with EditEnv(base_url=url).sync() as client:
        seen = [
            client.reset(**arguments).observation.picture
            for arguments in ({"seed": 3}, {"seed": 3}, {"seed": 4}, {"seed": 3, "split": "test"})
        ]
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_what_cannot_be_done_is_told_and_what_is_no_edit_is_an_error(url):
    with EditEnv(base_url=url).sync() as client:
        with pytest.raises(RuntimeError, match="reset first"):
            client.step(EditAction(action="hand_in"))
        before = client.reset(index=4).observation.picture
        result = client.step(EditAction(action="remove", subject="giraffe"))
        assert result.observation.text == "remove giraffe: there is no 'giraffe' in the picture"
        assert result.observation.picture == before
        with pytest.raises(RuntimeError, match="1 to 100 characters"):
            client.step(EditAction(action="remove", subject="a; b"))
        client.step(EditAction(action="hand_in"))
        with pytest.raises(RuntimeError, match="handed in"):
            client.step(EditAction(action="hand_in"))
        with pytest.raises(RuntimeError, match="split='dev'"):
            client.reset(index=0, split="dev")


def test_sessions_at_the_same_time_do_not_mix(url):
    together = threading.Barrier(6)

    def play(index):
        own = sessions().start(index)
        with EditEnv(base_url=url).sync() as client:
            client.reset(index=index)
            together.wait(timeout=60)
            for edit in own.reference_calls():
                client.step(as_action(edit))
            together.wait(timeout=60)
            result = client.step(EditAction(action="hand_in"))
            return result.observation, own.instruction, client.state().episode_id

    with ThreadPoolExecutor(6) as pool:
        played = list(pool.map(play, range(6)))
    assert all(observation.instruction == wanted for observation, wanted, _ in played)
    assert [observation.is_success for observation, *_ in played] == [True] * 6
    assert len({episode for *_, episode in played}) == 6


def test_mcp_tools_play_the_same_episode_as_the_websocket(url):
    with connect(f"{url.replace('http', 'ws')}/ws", max_size=None) as socket_:

        def ask(kind, data=None):
            message = {"type": kind} if data is None else {"type": kind, "data": data}
            socket_.send(json.dumps(message))
            return json.loads(socket_.recv(timeout=60))["data"]

        def tool(name, **arguments):
            return answer_of(ask("mcp", request("tools/call", name=name, arguments=arguments)))

        reset = ask("reset", {"index": 4})["observation"]
        shown, instruction = tool("look")
        assert instruction == reset["instruction"]
        removed, said = tool("remove", subject="squash")
        assert said == "remove squash: done"
        assert not np.array_equal(shown, removed)
        step = ask("step", {"action": "hand_in"})
        assert step["done"] and step["observation"]["is_success"]
        state = ask("state")
        assert (state["step_count"], state["total_reward"], state["done"]) == (2, 1.0, True)


def test_mcp_alone_starts_an_episode_by_looking_and_keeps_it_by_its_session(url):
    one, other = (rpc(url, "openenv/session/create")["result"]["session_id"] for _ in range(2))

    def tool(session, name, **arguments):
        return rpc(url, "tools/call", name=name, arguments=arguments, session_id=session)

    assert "call the tool 'look'" in str(tool(one, "hand_in"))
    picture, instruction = answer_of(tool(one, "look"))
    assert picture.shape == (SIZE, SIZE, 3) and instruction
    assert "The picture was handed in." in answer_of(tool(one, "hand_in"))[1]
    assert "handed in: no more calls" in str(tool(one, "hand_in"))
    assert answer_of(tool(other, "look"))[1]
    for session in (one, other):
        rpc(url, "openenv/session/close", session_id=session)


def test_mcp_describes_the_tools_and_checks_their_arguments(url):
    tools = {tool["name"]: tool for tool in rpc(url, "tools/list")["result"]["tools"]}
    assert {"look", "hand_in", "remove", "background"} <= set(tools)
    schema = tools["recolour"]["inputSchema"]
    assert set(schema["properties"]) == {"subject", "goal"}
    assert "teal" in schema["properties"]["goal"]["enum"]
    assert schema["properties"]["subject"]["description"].startswith("Name of a thing")
    assert tools["hand_in"]["inputSchema"]["properties"] == {}
    wrong = {"subject": "a", "goal": "loud"}
    assert "validation error" in str(rpc(url, "tools/call", name="recolour", arguments=wrong))


def request(method, **params):
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def rpc(url, method, **params):
    return requests.post(f"{url}/mcp", json=request(method, **params), timeout=60).json()


def answer_of(reply):
    """Picture and text of a tool's answer."""
    picture, text = reply["result"]["content"]
    assert picture["mimeType"] == "image/png"
    raw = base64.b64decode(picture["data"])
    return np.array(Image.open(io.BytesIO(raw)).convert("RGB")), text["text"]


def openenv(*arguments):
    command = [sys.executable, "-m", "openenv.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_openenv_validates_the_folder():
    done = openenv("validate", str(FOLDER), "--level", "static", "--skip-build")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Verdict: PASS" in done.stdout


def test_openenv_validates_the_running_server(url):
    done = openenv("validate", "--url", url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout


def test_the_app_also_starts_as_openenvs_images_start_it():
    code = "import server.app as a; print(a.app.title, a.EditAction.__module__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "models"


@pytest.mark.parametrize(("name", "value"), [("EDITENV_IMAGE_SIZE", "big")])
def test_wrong_settings_are_named(monkeypatch, name, value):
    from editenv_openenv.server.settings import Settings

    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"{name}='{value}'"):
        Settings.from_environment()
