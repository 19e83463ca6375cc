"""Tools in an actor of a Ray cluster, which 64 environments share."""

import os
import pickle
import signal
import threading
import time

import gymnasium
import numpy as np
import pytest
import ray
from slow_tools import SlowPainter, SlowTool, play

import editenv.tools
from editenv.failure import Failure
from editenv.models.ray_tools.settings import Settings
from editenv.models.ray_tools.tool import RayPromptedTool, RayTool
from editenv.tools import Prompt, make_tool, make_tools, register_tool_kind

pytestmark = [
    pytest.mark.libraries,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.usefixtures("cluster"),
]

MASK = np.full((8, 8), 255, np.uint8)


@pytest.fixture
def shared(request):
    """Make a tool in an actor of its own, which ends with the test."""
    made = []

    def call(tool=None, **settings):
        tool = tool or SlowTool()
        kind = RayPromptedTool if hasattr(tool, "compose") else RayTool
        made.append(kind(tool, f"{request.node.name} {len(made)}", Settings(**settings)))
        made[-1].start()
        return made[-1]

    yield call
    for tool in made:
        tool.stop()


def picture(level=100):
    return np.full((8, 8, 3), level, np.uint8)


def edit(tool, *levels):
    return tool.apply([picture(x) for x in levels], [MASK] * len(levels), [0] * len(levels))


def kinds(results):
    return [result.kind if isinstance(result, Failure) else None for result in results]


def test_an_environment_plays_as_it_does_without():
    names = ["blur", "brightness"]
    with_ray = play([f"ray:{name}" for name in names], range(4))
    np.testing.assert_array_equal(with_ray, play(names, range(4)))
    assert len(np.unique(with_ray)) > 2
    for name in names:
        make_tool(f"ray:{name}").stop()


def test_64_environments_in_two_processes_share_one_actor():
    worker = ray.remote(play)
    seeds = np.arange(64).reshape(2, 32)
    calls = [worker.remote(["ray:blur?ray.batch_size=64&ray.wait=0.05"], part) for part in seeds]
    here = [play(["blur"], part) for part in seeds]
    np.testing.assert_array_equal(ray.get(calls), here)
    tool = make_tool("ray:blur?ray.batch_size=64&ray.wait=0.05")
    counts, actors = tool.counts(), ray.util.list_named_actors(all_namespaces=True)
    tool.stop()
    assert len(actors) == 1
    assert counts["edits"] > 64 and counts["edits"] / counts["batches"] > 4


def test_calls_of_several_callers_share_batches(shared):
    tool = shared(SlowTool(0.2), wait=0.1)
    copies = [pickle.loads(pickle.dumps(tool)) for _ in range(8)]
    found = {}
    threads = [
        threading.Thread(target=lambda n=n, c=c: found.update({n: edit(c, n)}))
        for n, c in enumerate(copies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [int(found[n][0].image[0, 0, 0]) for n in range(8)] == [255 - n for n in range(8)]
    assert tool.counts()["batches"] < 8


def test_words_arrive(shared):
    tool = shared(SlowPainter())
    prompts = [Prompt("a" * 7), Prompt("b" * 9)]
    edits = tool.apply_prompted([picture()] * 2, [MASK] * 2, [0, 0], prompts)
    assert [int(e.image[0, 0, 0]) for e in edits] == [7, 9]
    with pytest.raises(ValueError, match="RayPromptedTool for those that do"):
        RayTool(SlowPainter(), "key")


def test_an_actor_that_dies_fails_its_call_and_works_again(shared):
    tool = shared()
    before = tool.counts()["pid"]
    results = edit(tool, SlowTool.DEADLY, 100)
    assert kinds(results) == ["connection"] * 2
    assert results[0].component == "tool:slow"
    assert kinds(edit(tool, 100)) == [None]
    assert tool.counts()["pid"] != before


def test_an_actor_that_is_killed_mid_call(shared):
    tool = shared(SlowTool(1.0))
    process = tool.counts()["pid"]
    timer = threading.Timer(0.4, os.kill, (process, signal.SIGKILL))
    timer.start()
    assert kinds(edit(tool, 100)) == ["connection"]
    assert kinds(edit(tool, 100)) == [None]


def test_a_failure_truncates_and_is_no_score(shared):
    env = gymnasium.make("editenv:ImageEdit-v0", tools=[shared()], image_size=64, edit_cache="off")
    env.reset(seed=0)
    os.kill(env.unwrapped.tools[0].counts()["pid"], signal.SIGKILL)
    time.sleep(0.1)
    # Nobody has told the tool that its actor is gone.
    _, _, terminated, truncated, info = env.step(np.array([0, 0, 0]))
    assert truncated and not terminated
    assert info["failure"] == {"kind": "connection", "component": "tool:slow", "attempts": 1}
    env.reset(seed=1)
    *_, info = env.step(np.array([0, 0, 0]))
    assert "failure" not in info


def test_a_full_queue_fails_what_does_not_fit(shared):
    tool = shared(SlowTool(0.1), queue=3, batch_size=2)
    assert kinds(edit(tool, *range(20, 26))) == [None] * 3 + ["rate_limit"] * 3
    assert kinds(edit(tool, 20)) == [None]


def test_a_call_that_takes_too_long_fails_and_leaves_the_queue(shared):
    tool = shared(SlowTool(1.5), batch_size=1, queue=2)
    hasty = pickle.loads(pickle.dumps(tool))
    hasty.start()
    hasty.settings = Settings(timeout=0.5, batch_size=1, queue=2)
    assert kinds(edit(hasty, 20, 21)) == ["timeout"] * 2
    # One of the two may still be at work; the other waits no more.
    assert kinds(edit(tool, 22)) == [None]
    assert tool.counts()["edits"] == 2


def test_an_idle_actor_ends_and_the_next_call_starts_another(shared):
    tool = shared(idle=1.0)
    before = tool.counts()["pid"]
    assert kinds(edit(tool, 20)) == [None]
    time.sleep(3.0)
    assert kinds(edit(tool, 20)) == [None]
    assert tool.counts()["pid"] != before


def test_one_actor_has_one_kind_of_settings():
    tool = make_tool("ray:blur?ray.queue=8")
    make_tool("ray:blur?ray.queue=8&ray.timeout=9")
    with pytest.raises(ValueError, match=r"runs in this cluster with Settings\(.*queue=8"):
        make_tool("ray:blur?ray.queue=9")
    tool.stop()


def test_where_the_cluster_has_no_room_the_start_is_given_up():
    with pytest.raises(TimeoutError):
        make_tool("ray:blur?ray.num_gpus=1&ray.timeout=2")


def test_a_tool_that_cannot_be_unpickled_there_is_told():
    class Broken(SlowTool):
        def __reduce__(self):
            return int, ("no number",)

    with pytest.raises(RuntimeError, match="'slow' did not start in its actor"):
        RayTool(Broken(), "broken").start()


@pytest.mark.parametrize(
    ("name", "said"),
    [("ray:nothing", "tool 'nothing' is unknown"), ("ray:blur?ray.x=1", "'x' is none of")],
)
def test_wrong_names(name, said):
    with pytest.raises(ValueError, match="cannot be built") as caught:
        make_tools([name])
    assert said in str(caught.value)


def test_a_kind_that_the_user_registered_needs_no_registration_in_the_actor(monkeypatch):
    monkeypatch.setattr(editenv.tools, "TOOL_KINDS", dict(editenv.tools.TOOL_KINDS))
    register_tool_kind("slow", "slow_tools:make_slow_tool")
    tool = make_tool("ray:slow:0")
    assert kinds(edit(tool, 20)) == [None]
    tool.stop()


def test_a_forked_process_is_told(shared):
    tool = shared()
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            tool._handle = None
            tool.start()
        except RuntimeError as error:
            os.write(there, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(there)
    assert "'spawn' or 'forkserver'" in os.read(here, 1000).decode()


def test_a_spawned_process_finds_the_cluster(shared):
    import multiprocessing

    tool = shared()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(kinds, (pool.apply(edit, (tool, 20)),)) == [None]
    assert tool.counts()["edits"] == 1
