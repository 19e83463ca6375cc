"""editenv as a verifiers taskset, evaluated offline against a scripted model on the loopback.

pip install -e . -r integrations/verifiers/requirements.txt pytest
pip install --no-deps -e integrations/verifiers
python -m pytest tests/integrations/test_verifiers.py
"""

import base64
import io
import json
import os
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("verifiers", reason="verifiers is not installed: see this file's first lines")
pytest.importorskip(
    "editenv_verifiers", reason="pip install --no-deps -e integrations/verifiers is missing"
)

from editenv_verifiers import EditTaskset
from editenv_verifiers.taskset import EditConfig

from editenv.text import EditSessions, ImageEditTextEnv

TASKS, SIZE = "ImageEdit-MultiStep-v0", 64
SOLVED, WRONG, SILENT = (2, 3), 4, 5
"""Tasks in which the scripted model does what is needed, something useless, and nothing."""
INDICES = (*SOLVED, WRONG, SILENT)


def sessions():
    return EditSessions(ImageEditTextEnv(TASKS, image_size=SIZE, max_turns=16))


def script_of(index):
    """What the model calls in a task: names and arguments of functions."""
    if index == SILENT:
        return []
    if index == WRONG:
        return [("remove", {"subject": "giraffe"}), ("hand_in", {})]
    calls = []
    for action, subject, goal in sessions().start(index).reference_calls():
        given = {"subject": subject, "goal": goal}
        keys = [key for key in given if given[key] and not (action == key == "background")]
        calls.append((action, {key: given[key] for key in keys}))
    return [*calls, ("hand_in", {})]


class Scripted(BaseHTTPRequestHandler):
    """An OpenAI-compatible chat endpoint that plays a script for each task."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        done = sum(message["role"] == "tool" for message in body["messages"])
        script = self.server.scripts[instruction_of(body["messages"])]
        chunks = said(script[done]) if done < len(script) else [{"content": "Done."}]
        reason = "tool_calls" if done < len(script) else "stop"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for delta, finish in [(delta, None) for delta in chunks] + [({}, reason)]:
            self.wfile.write(
                f"data: {json.dumps(chunk(body['model'], delta, finish))}\n\n".encode()
            )
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


def instruction_of(messages):
    (user,) = (message for message in messages if message["role"] == "user")
    return user["content"][1]["text"]


def said(call):
    name, arguments = call
    function = {"name": name, "arguments": json.dumps(arguments)}
    return [
        {"role": "assistant", "content": None},
        {"tool_calls": [{"index": 0, "id": "call", "type": "function", "function": function}]},
    ]


def chunk(model, delta, finish):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": model} | {
        "choices": [choice]
    }


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Scripted) as server:
        server.requests = []
        server.scripts = {sessions().start(i).instruction: script_of(i) for i in INDICES}
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def no_installer(tmp_path_factory):
    """A folder with a `uv` that installs nothing and finds this interpreter.

    The harness's program asks for packages that verifiers itself has brought along, so that
    nothing has to be downloaded.
    """
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "uv"
    lines = ["#!/bin/sh", 'case "$*" in', "*--help*) echo --script;;"]
    lines += [f"*find*) echo '{sys.executable}';;", "esac"]
    script.write_text("\n".join([*lines, ""]))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture(scope="module")
def evaluated(server, no_installer, tmp_path_factory):
    """A run of verifiers' own command line: traces by task, and what the model was sent."""
    folder = tmp_path_factory.mktemp("eval")
    options = {
        "env.taskset.tasks": TASKS,
        "env.taskset.image-size": SIZE,
        "env.taskset.first": INDICES[0],
        "env.taskset.num-tasks": len(INDICES),
        "env.agent.harness.id": "null",
        "env.agent.runtime.type": "subprocess",
        "model": "scripted",
        "client.base-url": f"http://127.0.0.1:{server.server_port}/v1",
        "client.api-key-var": "NO_KEY",
        "output-dir": folder,
        "run.name": "run",
    }
    command = [sys.executable, "-c", MAIN, "editenv_verifiers", "--no-rich", "--no-push"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    environment = os.environ | {"HOME": str(folder), "NO_KEY": "none"}
    environment["PATH"] = f"{no_installer}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (folder / "run" / "traces.jsonl").read_text().splitlines()
    traces = {}
    for episode in map(json.loads, lines):
        assert not episode["errors"], episode["errors"]
        (traces[episode["task"]["data"]["index"]],) = episode["traces"]
    return traces, list(server.requests)


MAIN = "from verifiers.v1.cli.eval.main import main; main()"


def picture_in(block):
    """A picture of a message, (H, W, 3) uint8."""
    raw = base64.b64decode(block["image_url"]["url"].partition("base64,")[2])
    return np.array(Image.open(io.BytesIO(raw)).convert("RGB"))


def test_the_reward_is_the_environments(evaluated):
    traces, _ = evaluated
    assert set(traces) == set(INDICES)
    for index, trace in traces.items():
        session = sessions().start(index)
        if index in SOLVED:
            for edit in session.reference_calls():
                session.edit(*edit)
        elif index == WRONG:
            session.edit("remove", "giraffe")
        session.finish()
        assert trace["rewards"]["edit"]["score"] == session.reward
        assert trace["metrics"]["solved"] == (index in SOLVED)
        assert trace["metrics"]["calls"] == len(script_of(index))
    assert traces[SOLVED[0]]["rewards"]["edit"]["score"] == pytest.approx(1.0)
    assert traces[SILENT]["rewards"]["edit"]["score"] == 0.0


def test_prompts_and_answers_of_tools_show_the_picture(evaluated):
    _, requests = evaluated
    longest = {instruction_of(sent["messages"]): sent["messages"] for sent in requests}
    assert len(longest) == len(INDICES)
    for index in SOLVED:
        session = sessions().start(index)
        messages = longest[session.instruction]
        user = next(message for message in messages if message["role"] == "user")
        np.testing.assert_array_equal(picture_in(user["content"][0]), session.image)
        answers = [message["content"] for message in messages if message["role"] == "tool"]
        assert len(answers) == len(session.reference_calls())
        for answer, edit in zip(answers, session.reference_calls(), strict=True):
            assert answer[1]["text"] == session.edit(*edit)
            np.testing.assert_array_equal(picture_in(answer[0]), session.image)


def test_the_model_is_told_the_rules_and_the_tools(evaluated):
    _, requests = evaluated
    assert "call a tool for each" in requests[0]["messages"][0]["content"]
    tools = {tool["function"]["name"]: tool["function"] for tool in requests[0]["tools"]}
    assert tools["hand_in"]["description"].startswith("Hand the picture in")
    properties = tools["recolour"]["parameters"]["properties"]
    assert "teal" in properties["goal"]["enum"]
    assert properties["subject"]["description"].startswith("Name of a thing")


def test_tasks_have_a_name_of_their_own_and_stay_the_same():
    config = EditConfig(tasks=TASKS, image_size=SIZE, num_tasks=3)
    one, two = ([task.key for task in EditTaskset(config)] for _ in range(2))
    assert one == two
    assert len(set(one)) == 3
