"""The edit cache in memory: every edit is paid for once, and nothing else is different."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
from edit_cache_tools import CountingTool, Expensive, Wanderer, half_mask, picture
from failing_parts import FlakyPainter
from hypothesis import given
from hypothesis import strategies as st

from editenv import image_edit_v0
from editenv.tools import TOOL_PRESETS, TOOLS, Cost, Edited, Tool, make_tool, make_tools
from editenv.tools.cache import CachedPromptedTool, CachedTool, EditCache
from editenv.tools.cache.cached_tool import cache_info, cached_tools
from editenv.tools.cache.edits import CachedEdit, decode, encode
from editenv.tools.cache.factory import make_edit_cache
from editenv.tools.cache.keys import edit_keys
from editenv.tools.cache.memory import ENTRY_OVERHEAD
from editenv.tools.priced import Priced
from editenv.types import ToolCall
from editenv.workspace import Workspace


def apply_one(tool, image, mask, option=0):
    (edited,) = tool.apply([image], [mask], [option])
    return edited


def test_a_cached_tool_is_the_tool_that_it_holds():
    for tool in TOOLS.values():
        cached = CachedTool(tool, EditCache())
        assert isinstance(cached, Tool)
        assert make_tools([cached]) == (cached,)
        for name in ("name", "action", "target", "options"):
            assert getattr(cached, name) == getattr(tool, name)
        for option in range(len(tool.options)):
            assert cached.relabel("cup", option) == tool.relabel("cup", option)
            assert cached.adds(option) == tool.adds(option)


@pytest.mark.parametrize("name", TOOLS)
def test_results_are_the_tools_own_bytes(name):
    tool = TOOLS[name]
    cached = CachedTool(tool, EditCache())
    mask = np.full((64, 64), 255, np.uint8) if tool.target == "image" else half_mask(64)
    image = picture(0, 64)
    image.flags.writeable = False  # as the canvas is after a cached edit
    expected = apply_one(tool, image, mask)
    for _ in range(2):
        edited = apply_one(cached, image, mask)
        np.testing.assert_array_equal(edited.image, expected.image)
        np.testing.assert_array_equal(edited.mask, expected.mask)
        assert (edited.mask is mask) == (expected.mask is mask)
        assert (edited.warp is None) == (expected.warp is None)


def test_a_region_that_stayed_in_place_is_told_by_the_callers_own_mask():
    cached = CachedTool(CountingTool(), EditCache())
    first, second = half_mask(), half_mask()
    assert apply_one(cached, picture(0), first).mask is first
    assert apply_one(cached, picture(0), second).mask is second
    one, other = cached.apply([picture(1)] * 2, [first, second], [0, 0])
    assert one.mask is first and other.mask is second


def test_a_moved_mask_is_stored_and_read_only():
    tool = Wanderer()
    cached = CachedTool(tool, EditCache())
    for _ in range(2):
        edited = apply_one(cached, picture(0), half_mask())
        np.testing.assert_array_equal(edited.mask, np.flipud(half_mask()))
        for array in (edited.image, edited.mask):
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True
    assert tool.edits == 1


def test_what_a_tool_does_to_its_array_later_changes_nothing():
    class Reuses(CountingTool):
        buffer = np.empty((96, 96, 3), np.uint8)

        def apply(self, images, masks, options):
            self.buffer[:] = images[0]
            return [Edited(self.buffer, masks[0])]

    cached = CachedTool(Reuses(), EditCache())
    apply_one(cached, picture(0), half_mask())
    apply_one(cached, picture(1), half_mask())
    np.testing.assert_array_equal(apply_one(cached, picture(0), half_mask()).image, picture(0))


def test_the_callers_picture_stays_writable_and_unshared():
    class Nothing(CountingTool):
        def apply(self, images, masks, options):
            return [Edited(image, mask) for image, mask in zip(images, masks, strict=True)]

    cached = CachedTool(Nothing(), EditCache())
    image = picture(0)
    edited = apply_one(cached, image, half_mask())
    image[:] = 0
    np.testing.assert_array_equal(edited.image, picture(0))


def test_a_batch_runs_the_tool_once_on_what_is_new():
    tool = CountingTool()
    cached = CachedTool(tool, EditCache())
    apply_one(cached, picture(1), half_mask())
    numbers = [0, 1, 0, 2, 2, 2]
    edits = cached.apply([picture(n) for n in numbers], [half_mask()] * 6, [0] * 6)
    assert tool.batches == [1, 2]
    assert (cached.hits, cached.misses) == (4, 3)
    for number, edited in zip(numbers, edits, strict=True):
        expected = apply_one(CountingTool(), picture(number), half_mask()).image
        np.testing.assert_array_equal(edited.image, expected)
    assert cached.apply([], [], []) == []


def test_a_group_of_rollouts_from_one_state_pays_for_each_distinct_edit_once():
    tool, cache = CountingTool(), EditCache()
    env = gymnasium.make("ImageEdit-Direct-v0", tools=[tool], edit_cache=cache).unwrapped
    env.reset(seed=0)
    start = env.workspace.snapshot()
    paths = [(0, 0), (0, 1), (1, 0), (1, 1)] * 4
    for path in paths:
        env.workspace.restore(start)
        for option in path:
            env.apply_call(ToolCall("counting", 0, option))
    distinct = 2 + 4
    assert tool.edits == distinct
    expected = {"hits": 2 * len(paths) - distinct, "misses": distinct}
    summary = cache.summary()
    assert {name: summary[name] for name in expected} == expected
    info = env.summary()["edit_cache"]
    assert info == {**expected, "hit_rate": expected["hits"] / (2 * len(paths))}


def different_keys():
    image, mask, tool = picture(0), half_mask(), CountingTool()
    yield "the same", tool, image, mask, 0
    yield "option", tool, image, mask, 1
    yield "canvas", tool, picture(1), mask, 0
    yield "shape", tool, image.reshape(48, 192, 3), mask, 0
    yield "region", tool, image, 255 - mask, 0
    yield "region's shape", tool, image, mask.reshape(48, 192), 0
    yield "version", CountingTool(version="1"), image, mask, 0
    yield "seed", CountingTool(seed=3), image, mask, 0
    yield "seed 0", CountingTool(seed=0), image, mask, 0
    yield "name", CountingTool(name="other"), image, mask, 0
    yield "class", Wanderer(name="counting"), image, mask, 0
    yield "option's name", CountingTool(options=("negate", "halve")), image, mask, 0


def test_whatever_can_change_the_result_changes_the_key():
    keys = {}
    for what, tool, image, mask, option in different_keys():
        (key,) = edit_keys(tool, [image], [mask], [option])
        assert key not in keys, f"{what} is taken for {keys[key]}"
        keys[key] = what
    (again,) = edit_keys(CountingTool(), [np.asfortranarray(picture(0))], [half_mask()], [0])
    assert keys[again] == "the same"


def test_a_seed_that_is_set_between_calls_counts():
    tool = CountingTool(seed=0)
    cached = CachedTool(tool, EditCache())
    for seed in (0, 1, 0):
        tool.seed = seed
        apply_one(cached, picture(0), half_mask())
    assert tool.edits == 2


def test_edits_with_a_warp_are_made_every_time():
    cache = EditCache()
    cached = CachedTool(make_tool("crop"), cache)
    whole = np.full((96, 96), 255, np.uint8)
    for _ in range(2):
        first, second = cached.apply([picture(0)] * 2, [whole, whole.copy()], [0, 0])
        assert first.warp is not None and second.warp is not None
    assert cache.summary()["memory_entries"] == 0
    assert cached.misses == 2


@pytest.mark.parametrize(
    "image", [np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.uint8), [[0]]]
)
def test_what_breaks_the_protocol_is_passed_on_and_not_kept(image):
    edit = CachedEdit.of(Edited(image, half_mask(8)), half_mask(8))
    cache = EditCache()
    cache.put(b"key", edit)
    assert edit.image is image and not edit.storable
    assert cache.get(b"key") is None


def test_a_tool_that_fails_leaves_nothing_behind():
    class Fails(CountingTool):
        def apply(self, images, masks, options):
            raise RuntimeError("out of memory")

    cache = EditCache()
    with pytest.raises(RuntimeError, match="out of memory"):
        apply_one(CachedTool(Fails(), cache), picture(0), half_mask())
    assert cache.summary()["misses"] == 0
    assert apply_one(CachedTool(CountingTool(), cache), picture(0), half_mask()) is not None


@given(
    limit=st.integers(0, 12 * (ENTRY_OVERHEAD + 192)),
    calls=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 16), st.booleans()), max_size=60),
)
def test_the_byte_limit_holds_and_what_is_kept_is_right(limit, calls):
    cache = EditCache(max_bytes=limit)
    for number, size, moved in calls:
        key = bytes([number, size, moved])
        found = cache.get(key)
        if found is not None:
            np.testing.assert_array_equal(found.image, picture(number, size))
        mask = half_mask(size)
        cache.put(key, CachedEdit(picture(number, size), mask if moved else None))
        summary = cache.summary()
        assert summary["memory_bytes"] <= limit
        assert summary["memory_bytes"] >= summary["memory_entries"] * ENTRY_OVERHEAD
    cache.clear()
    assert cache.summary()["memory_bytes"] == cache.summary()["memory_entries"] == 0


def test_the_least_recently_used_edit_goes_first():
    size = picture(0).nbytes + ENTRY_OVERHEAD
    cache = EditCache(max_bytes=2 * size)
    edit = CachedEdit(picture(0), None)
    cache.put(b"a", edit)
    cache.put(b"b", edit)
    cache.get(b"a")
    cache.put(b"c", edit)
    assert [cache.get(key) is not None for key in (b"a", b"b", b"c")] == [True, False, True]


@given(
    size=st.integers(0, 9), moved=st.booleans(), place=st.integers(0, 2**20), bit=st.integers(0, 7)
)
def test_one_wrong_bit_is_noticed(size, moved, place, bit):
    edit = CachedEdit(picture(0, size), half_mask(size) if moved else None)
    payload = encode(edit, b"key")
    back = decode(payload, b"key")
    np.testing.assert_array_equal(back.image, edit.image)
    assert (back.mask is None) == (not moved)
    damaged = bytearray(payload)
    damaged[place % len(payload)] ^= 1 << bit
    for wrong, key in (
        (bytes(damaged), b"key"),
        (payload, b"another"),
        (payload[:-1], b"key"),
        (payload + b"0", b"key"),
        (payload[: place % len(payload)], b"key"),
    ):
        with pytest.raises(ValueError, match="stored edit"):
            decode(wrong, key)


def trajectory(env_id, **kwargs):
    """Everything that an agent sees in some episodes, but for the cache's counts."""
    env = gymnasium.make(env_id, disable_env_checker=True, **kwargs)
    seen, counts = [], None
    for seed in (0, 1, 0):
        env.action_space.seed(seed)
        observation, info = env.reset(seed=seed)
        over = False
        while not over:
            counts = info.pop("edit_cache", None)
            seen.append((observation, {**info, "action_mask": info["action_mask"].tolist()}))
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            seen.append((reward, terminated, truncated))
            over = terminated or truncated
    env.close()
    return pickle.dumps(seen), counts


@pytest.mark.parametrize("env_id", ["ImageEdit-MultiStep-v0", "ImageEdit-Retouch-v0"])
def test_trajectories_are_the_same_bytes_with_and_without_a_cache(env_id, tmp_path):
    tools = TOOL_PRESETS["photo" if "Retouch" in env_id else "objects"]
    expected, counts = trajectory(env_id)
    assert counts is None
    for edit_cache in ("off", None, "auto", EditCache(), EditCache(0), f"disk:{tmp_path}"):
        if isinstance(edit_cache, str) and edit_cache.startswith("disk"):
            pytest.importorskip("filelock")
        expensive = [Expensive(name) for name in tools]
        found, counts = trajectory(env_id, tools=expensive, edit_cache=edit_cache)
        assert found == expected
        assert (counts is None) == (edit_cache in ("off", None))
        if counts is not None:
            assert counts["misses"] == sum(tool.edits for tool in expensive)
            keeps = not (isinstance(edit_cache, EditCache) and edit_cache.summary()["hits"] == 0)
            assert (counts["hits"] > 0) == keeps


def test_cheap_tools_are_left_alone():
    tools = make_tools("all")
    assert cached_tools(tools, EditCache()) == tools
    assert cache_info(tools) == {}
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    assert env.unwrapped.tools == make_tools("objects")
    assert "edit_cache" not in env.reset(seed=0)[1]


def test_only_expensive_tools_are_wrapped_and_only_once():
    expensive, own = CountingTool(), CachedTool(make_tool("blur"), EditCache())
    cache = EditCache()
    first, second, third = cached_tools([expensive, own, make_tool("flip")], cache)
    assert isinstance(first, CachedTool) and first.tool is expensive and first.cache is cache
    assert second is own and third is make_tool("flip")
    assert cached_tools([first], EditCache()) == (first,)
    assert cached_tools([expensive], None) == (expensive,)
    assert cache_info([own]) == {"edit_cache": {"hits": 0, "misses": 0, "hit_rate": 0.0}}


def test_environments_share_what_auto_stands_for():
    tool = CountingTool(version="test_environments_share_what_auto_stands_for")
    infos = []
    for _ in range(2):
        env = gymnasium.make("ImageEdit-Direct-v0", tools=[tool], disable_env_checker=True)
        env.reset(seed=3)
        infos.append(env.step(np.array([0, 0, 0]))[-1]["edit_cache"])
    assert tool.edits == 1
    assert infos == [
        {"hits": 0, "misses": 1, "hit_rate": 0.0},
        {"hits": 1, "misses": 0, "hit_rate": 1.0},
    ]


def test_the_team_passes_the_argument_on():
    cache = EditCache()
    env = image_edit_v0.parallel_env(tools=[CountingTool()], edit_cache=cache)
    _, infos = env.reset(seed=0)
    assert all(info["edit_cache"]["misses"] == 0 for info in infos.values())
    assert env.rounds.base.tools[0].cache is cache


@pytest.mark.parametrize("value", ["on", "disk", "disk:", "memory:1", 5, True, b"auto", ["auto"]])
def test_a_wrong_edit_cache_names_what_is_accepted(value):
    with pytest.raises(ValueError) as caught:
        gymnasium.make("ImageEdit-v0", edit_cache=value)
    assert f"edit_cache={value!r}" in str(caught.value)
    assert "'disk:FOLDER'" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"max_bytes": -1}, "max_bytes=-1"),
        ({"max_bytes": 1.5}, "max_bytes=1.5"),
        ({"max_bytes": True}, "max_bytes=True"),
        ({"disk_bytes": 0}, "disk_bytes=0"),
    ],
)
def test_wrong_limits_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        EditCache(**arguments)


def test_a_copy_shares_the_cache_and_a_pickle_brings_an_empty_one():
    cache = EditCache(max_bytes=10**6)
    cache.put(b"key", CachedEdit(picture(0), None))
    env = gymnasium.make("ImageEdit-v0", tools=[CountingTool()], edit_cache=cache)
    assert copy.deepcopy(env.unwrapped).tools[0].cache is cache
    back = pickle.loads(pickle.dumps(cache))
    assert back.get(b"key") is None
    back.put(b"large", CachedEdit(picture(0, 600), None))
    assert back.summary()["memory_entries"] == 0
    assert make_edit_cache(cache) is cache


def test_regions_follow_a_cached_edit_as_they_follow_the_tools():
    env = gymnasium.make("ImageEdit-Direct-v0", disable_env_checker=True).unwrapped
    env.reset(seed=0)
    task, regions = env.task, env.workspace.regions
    calls = [
        ToolCall(name, slot, 0) for name in ("recolour", "move", "remove_mean") for slot in (1, 2)
    ]
    cache = EditCache()
    for _ in range(2):
        plain = Workspace(task, make_tools("objects"), regions)
        cached = Workspace(task, [CachedTool(t, cache) for t in make_tools("objects")], regions)
        for call in calls:
            plain.apply(call)
            cached.apply(call)
        for one, other in zip(plain.regions, cached.regions, strict=True):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                assert (one.label, one.box) == (other.label, other.box)
                np.testing.assert_array_equal(one.mask, other.mask)


def test_a_price_does_not_hide_whose_edit_it_is():
    class Other(CountingTool):
        pass

    cases = [picture(0)], [half_mask()], [0]
    first, second = (edit_keys(Priced(kind(), Cost()), *cases) for kind in (CountingTool, Other))
    assert first != second
    assert first == edit_keys(CountingTool(), *cases)


def test_a_tool_that_takes_words_needs_the_cache_for_words():
    with pytest.raises(ValueError, match="'painter' in a CachedTool"):
        CachedTool(FlakyPainter(), EditCache())
    with pytest.raises(ValueError, match="in a CachedPromptedTool"):
        CachedPromptedTool(CountingTool(), EditCache())
