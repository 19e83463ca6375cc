"""Clients that nobody closes: garbage collection ends them, wherever it runs, and never waits."""

import gc
import subprocess
import sys
import threading

from remote.calls import FAST, batch, nothing_is_left, open_files, threads
from remote.faults import Faults
from remote.server import Server

from editenv.models.pretrained import _Entry, _free_if_unused
from editenv.models.remote_tools import ImagesEditTool

COLLECTED_WHILE_ANOTHER_LOOP_IMPORTS = """
import gc, sys, threading
from editenv.models.chat.endpoint import EndpointChatModel

ASK = [[{"role": "user", "content": "x"}]]

class CollectInLoops:
    @staticmethod
    def find_spec(name, *rest):
        if name in ("trio", "sniffio") and threading.current_thread().name == "editenv-remote":
            gc.collect()

dropped = EndpointChatModel(sys.argv[1] + "#m")
dropped.itself = dropped
dropped.complete(ASK)
del dropped
other = EndpointChatModel(sys.argv[1] + "#m")
sys.meta_path.insert(0, CollectInLoops)
print(other.complete(ASK)[0])
"""


def test_a_collection_inside_another_loop_that_holds_an_import_lock():
    with Server(answer=lambda body: "answered") as server:
        command = [sys.executable, "-c", COLLECTED_WHILE_ANOTHER_LOOP_IMPORTS, server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("answered\n", "")


def test_many_dropped_tools_leave_nothing():
    before = threads(), open_files()
    with Server(faults=Faults(0.5, ["not_an_image", "wrong_type"])) as server:
        for _ in range(30):
            tool = ImagesEditTool(server.url, limits=FAST)
            tool.itself = tool  # type: ignore
            tool.apply_prompted(*batch(2))
        del tool
        gc.collect()
    assert nothing_is_left(before)


def test_a_model_in_use_elsewhere_is_not_waited_for():
    entry, in_use, over = _Entry(), threading.Event(), threading.Event()

    def use():
        with entry.lock:
            in_use.set()
            over.wait()

    threading.Thread(target=use, daemon=True).start()
    in_use.wait()
    finalizer = threading.Thread(target=_free_if_unused, args=(entry,), daemon=True)
    finalizer.start()
    finalizer.join(5)
    over.set()
    assert not finalizer.is_alive()
