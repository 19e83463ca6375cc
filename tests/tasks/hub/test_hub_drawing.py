"""Drawing from public data sets: at random, session by session, from a stream."""

from __future__ import annotations

import pickle

import gymnasium
import numpy as np
import pytest

from editenv.models.hub import DataSetError, continue_from, hub_tasks

pytestmark = pytest.mark.filterwarnings("ignore:.*no column")


def test_the_same_generator_gives_the_same_tasks_also_after_pickling(mirrors):
    tasks = hub_tasks("magicbrush", mirror=mirrors["magicbrush"])

    def drawn(source):
        rng = np.random.default_rng(1)
        return [source.sample(rng).metadata["id"] for _ in range(12)]

    again = pickle.loads(pickle.dumps(tasks))
    assert drawn(tasks) == drawn(tasks) == drawn(again)
    assert set(drawn(tasks)) == {"7-1", "7-2", "7-3", "3-1"}
    assert tasks[-1].metadata["index"] == 3
    with pytest.raises(IndexError, match="index=4"):
        tasks[4]


def test_sessions_are_played_turn_after_turn(mirrors):
    tasks = hub_tasks("magicbrush", mirror=mirrors["magicbrush"], image_size=(32, 32))
    session, single = tasks.chains()
    assert (session.id, session.indices) == ("7", (1, 0, 3))
    assert (single.id, single.indices) == ("3", (2,))
    before, after = tasks[session.indices[0]], tasks[session.indices[1]]
    np.testing.assert_array_equal(before.target, after.source)
    env = gymnasium.make("ImageEdit-v0", tasks=tasks, image_size=32).unwrapped
    number, canvas, seen = session.indices[0], None, []
    while number is not None:
        task = tasks[number] if canvas is None else continue_from(tasks[number], canvas)
        _, info = env.reset(options={"task": task})
        seen.append(info["instruction"])
        if canvas is not None:
            np.testing.assert_array_equal(env.workspace.canvas, canvas)
        env.step(env.action_space.sample())
        canvas, number = env.workspace.canvas, task.metadata["next"]
    assert seen == [f"session 7 turn {turn}" for turn in (1, 2, 3)]
    with pytest.raises(ValueError, match="canvas has shape"):
        continue_from(before, np.zeros((8, 8, 3), np.uint8))


def test_only_first_turns_can_be_asked_for(mirrors):
    tasks = hub_tasks("magicbrush", mirror=mirrors["magicbrush"], where={"turn": 1})
    assert [tasks[i].metadata["id"] for i in range(len(tasks))] == ["7-1", "3-1"]
    with pytest.raises(DataSetError, match="no sessions"):
        hub_tasks("ultraedit", mirror=mirrors["ultraedit"]).chains()


def streamed(mirrors, **arguments):
    return hub_tasks("magicbrush", mirror=mirrors["magicbrush"], streaming=True, **arguments)


def test_a_stream_keeps_the_contract_of_a_source_until_its_window_moves(mirrors):
    tasks = streamed(mirrors, window=3)
    first, second = (tasks.sample(np.random.default_rng(4)) for _ in range(2))
    assert first.metadata["id"] == second.metadata["id"]
    rng = np.random.default_rng(0)
    assert {tasks.sample(rng).metadata["row"] for _ in range(30)} == {0, 1, 2}
    tasks.advance()
    assert [tasks.sample(rng).metadata["row"] for _ in range(3)] == [3] * 3
    tasks.advance()
    assert {tasks.sample(rng).metadata["row"] for _ in range(30)} == {0, 1, 2}
    assert tasks.windows == 2
    with pytest.raises(IndexError, match="the window has 3 tasks"):
        tasks[3]


def test_a_stream_moves_by_itself_when_asked_and_gives_the_same_in_a_fresh_environment(mirrors):
    def rows():
        env = gymnasium.make(
            "ImageEdit-v0", tasks=streamed(mirrors, window=2, advance_every=3), image_size=64
        )
        env.reset(seed=9)
        return [env.reset()[1]["instruction"] for _ in range(14)]

    assert rows() == rows()
    assert len(set(rows())) == 4


def test_a_pickled_stream_goes_on_where_it_was(mirrors):
    tasks = streamed(mirrors, window=1)
    tasks[0], tasks.advance()
    again = pickle.loads(pickle.dumps(tasks))
    for source in (tasks, again):
        assert source[0].metadata["row"] == 1
        source.advance()
        assert source[0].metadata["row"] == 2


def test_a_stream_without_a_row_to_use_says_so(mirrors):
    with pytest.raises(DataSetError, match="no usable row"):
        streamed(mirrors, where={"turn": 9})[0]
