"""Tools travel: pickled, and to a worker that is spawned."""

import multiprocessing
import pickle

import numpy as np
import pytest

from editenv.tools import TOOLS, Cost, make_tool
from editenv.tools.cache import CachedTool, EditCache
from editenv.tools.priced import Priced
from editenv.tools.run import edit_one

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (48, 64, 3), np.uint8)


def edit(tool):
    """The pictures and masks of every option."""
    mask = np.zeros(PICTURE.shape[:2], np.uint8)
    mask[12:30, 20:45] = 255
    if tool.target == "image":
        mask[:] = 255
    made = [edit_one(tool, PICTURE, mask, option) for option in range(min(len(tool.options), 3))]
    return [(edited.image, edited.mask) for edited in made]


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_pickles(name):
    tool = make_tool(name)
    copy = pickle.loads(pickle.dumps(tool))
    assert copy.options == tool.options and copy.name == name
    np.testing.assert_equal(edit(copy), edit(tool))


def test_wrapped_tools_pickle():
    tool = make_tool("remove_mean")
    for wrapped in (Priced(tool, Cost(money=1.0)), CachedTool(tool, EditCache())):
        copy = pickle.loads(pickle.dumps(wrapped))
        np.testing.assert_equal(edit(copy), edit(tool))


def test_a_spawned_worker_gets_every_tool():
    tools = [make_tool(name) for name in TOOLS]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        made = pool.map(edit, tools)
    np.testing.assert_equal(made, [edit(tool) for tool in tools])
