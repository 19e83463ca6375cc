"""The edit cache on disk: shared by processes, damaged, out of space, without its packages."""

import functools
import os
import pickle
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import gymnasium
import numpy as np
import pytest
from edit_cache_tools import (
    EDIT,
    KEY,
    CountingTool,
    Wanderer,
    assert_same,
    half_mask,
    picture,
    run_python,
)

from editenv.tools.cache import CachedTool, EditCache
from editenv.tools.cache.edits import CachedEdit
from editenv.tools.cache.factory import make_edit_cache
from editenv.tools.cache.keys import edit_keys

pytest.importorskip("filelock")

from editenv.tools.cache.disk import DiskTier, _is_damage
from editenv.tools.cache.turns import Turns


def database(folder):
    return closing(sqlite3.connect(folder / "edits" / "cache.db", isolation_level=None))


BUSY = sqlite3.OperationalError("busy")
BUSY.sqlite_errorcode = sqlite3.SQLITE_BUSY

# Shared by processes -----------------------------------------------------------------------------

ONE_EDIT = """
import sys
from edit_cache_tools import Wanderer, half_mask, picture
from editenv.tools.cache import CachedTool, EditCache
tool = Wanderer()
cached = CachedTool(tool, EditCache(folder=sys.argv[1]))
(edit,) = cached.apply([picture(7)], [half_mask()], [1])
print(tool.edits, int(edit.image.astype(int).sum()))
"""


def test_one_process_pays_and_the_next_reads(tmp_path):
    outputs = [run_python(ONE_EDIT, tmp_path).communicate()[0].split() for _ in range(2)]
    assert [int(edits) for edits, _ in outputs] == [1, 0]
    assert outputs[0][1] == outputs[1][1]
    tool = Wanderer()
    cached = CachedTool(tool, EditCache(folder=tmp_path))
    (found,) = cached.apply([picture(7)], [half_mask()], [1])
    (expected,) = Wanderer().apply([picture(7)], [half_mask()], [1])
    assert_same(found, expected)
    assert tool.edits == 0 and cached.cache.summary()["disk_hits"] == 1


AT_ONCE = """
import sys, time, warnings
warnings.simplefilter("error")
from edit_cache_tools import CountingTool, half_mask, picture
from editenv.tools.cache import CachedTool, EditCache
class Slow(CountingTool):
    def apply(self, *batch):
        time.sleep(0.3)
        return super().apply(*batch)
print("ready", flush=True)
time.sleep(max(float(sys.argv[2]) - time.time(), 0))
tool = Slow()
CachedTool(tool, EditCache(folder=sys.argv[1])).apply([picture(0)], [half_mask()], [0])
print(tool.edits)
"""


def test_processes_that_want_an_edit_at_once_pay_for_it_once(tmp_path):
    start = time.time() + 2.5
    processes = [run_python(AT_ONCE, tmp_path, start) for _ in range(3)]
    paid = [int(process.communicate()[0].split()[1]) for process in processes]
    assert sum(paid) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edits", "locks"]


def test_a_group_in_processes_pays_for_each_distinct_edit_once(tmp_path):
    group = gymnasium.make_vec(
        "ImageEdit-Direct-v0",
        num_envs=3,
        vectorization_mode="async",
        tools=[CountingTool()],
        edit_cache=f"disk:{tmp_path}",
    )
    group.reset(seed=[5, 5, 5])
    for option in (0, 1, 0):
        *_, infos = group.step(np.array([[0, 0, option]] * 3))
    group.close()
    assert infos["edit_cache"]["misses"].sum() == 3
    assert infos["edit_cache"]["hits"].sum() == 2 * 3


def test_the_same_folder_is_the_same_cache_within_a_process(tmp_path):
    cache = make_edit_cache(f"disk:{tmp_path / 'a'}")
    assert make_edit_cache(f"disk:{tmp_path / 'b' / '..' / 'a'}") is cache
    assert make_edit_cache(f"disk:{tmp_path / 'c'}") is not cache
    cache.put(KEY, EDIT)
    assert_same(pickle.loads(pickle.dumps(cache)).get(KEY), EDIT)
    cache.close()
    cache.clear()
    assert cache.get(KEY) is None


def test_turns_wait_for_others_but_not_for_ever(tmp_path):
    turns = Turns(tmp_path, patience=0.2)
    keys = [b"a1", b"b1", b"a2"]

    def take(wait):
        start = time.monotonic()
        with turns.take(keys, wait=wait) as mine:
            return mine, time.monotonic() - start

    with ThreadPoolExecutor(1) as elsewhere, turns.take(keys[:1], wait=False) as mine:
        assert mine == [b"a1"]
        assert elsewhere.submit(take, False).result()[0] == [b"b1"]
        everything, seconds = elsewhere.submit(take, True).result()
        assert everything == keys and 0.2 <= seconds < 5.0
    assert take(False)[0] == keys


def test_what_nobody_else_makes_is_made_before_waiting(tmp_path):
    cache = EditCache(folder=tmp_path)
    keys, made = [b"a", b"b"], []
    started, go_on = Event(), Event()

    def make_slowly(places):
        started.set()
        assert go_on.wait(10.0)
        return [EDIT]

    def make(places):
        made.append(places)
        go_on.set()
        return [EDIT for _ in places]

    with ThreadPoolExecutor(1) as elsewhere:
        future = elsewhere.submit(cache.fetch, keys[:1], make_slowly)
        assert started.wait(10.0)
        edits = cache.fetch(keys, make)
        assert made == [[1]]
        assert edits[0] is future.result()[0]


def test_turns_come_at_once_where_there_are_no_locks(tmp_path):
    (tmp_path / "file").write_text("")
    turns = Turns(tmp_path / "file")
    with pytest.warns(RuntimeWarning, match="locks do not work here"):
        with turns.take([b"a"], wait=False) as mine:
            assert mine == [b"a"]


def test_a_cached_tool_inside_a_cached_tool_does_not_wait_for_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "editenv.tools.cache.cached_tool.edit_keys",
        lambda tool, *batch: [b"k" + key for key in edit_keys(tool, *batch)],
    )
    cache = EditCache(folder=tmp_path)
    inner = CachedTool(CountingTool(), cache)

    class Outer(CountingTool):
        def apply(self, images, masks, options):
            return inner.apply(images, masks, options)

    cached = CachedTool(Outer(), cache)
    start = time.monotonic()
    cached.apply([picture(0)], [half_mask()], [0])
    assert time.monotonic() - start < 5.0


# Damaged -----------------------------------------------------------------------------------------


def overwrite(folder, change):
    """Change the stored value as SQLite would: the database stays whole."""
    with database(folder) as connection:
        ((value,),) = connection.execute("SELECT value FROM Cache").fetchall()
        connection.execute("UPDATE Cache SET value = ?", (change(bytearray(value)),))


def flip(value, place):
    value[place] ^= 1
    return bytes(value)


CHANGES = {
    "first byte": lambda value: flip(value, 0),
    "height": lambda value: flip(value, 33),
    "a pixel": lambda value: flip(value, len(value) // 2),
    "last byte": lambda value: flip(value, -1),
    "cut": lambda value: bytes(value[:-5]),
    "empty": lambda value: b"",
    "text": lambda value: "text",
    "number": lambda value: 5,
    "nothing": lambda value: None,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_value_is_never_returned(tmp_path, change):
    EditCache(folder=tmp_path).put(KEY, EDIT)
    overwrite(tmp_path, CHANGES[change])
    cache = EditCache(folder=tmp_path)
    assert cache.get(KEY) is None
    cache.put(KEY, EDIT)
    assert_same(EditCache(folder=tmp_path).get(KEY), EDIT)


def test_a_wrong_checksum_is_counted_and_dropped(tmp_path):
    EditCache(folder=tmp_path).put(KEY, EDIT)
    overwrite(tmp_path, lambda value: flip(value, 100))
    cache = EditCache(folder=tmp_path)
    assert cache.get(KEY) is None
    assert cache.summary()["damaged"] == 1 and cache.summary()["disk_entries"] == 0


def test_a_value_under_another_key_is_never_returned(tmp_path):
    EditCache(folder=tmp_path).put(KEY, EDIT)
    with database(tmp_path) as connection:
        connection.execute("UPDATE Cache SET key = ?", (b"o" * 32,))
    assert EditCache(folder=tmp_path).get(b"o" * 32) is None


class Bomb:
    def __reduce__(self):
        return os.abort, ()


def test_nothing_is_ever_unpickled(tmp_path):
    EditCache(folder=tmp_path).put(KEY, EDIT)
    with database(tmp_path) as connection:
        bomb = pickle.dumps(Bomb())
        connection.execute("UPDATE Cache SET value = ?", (bomb,))
        assert EditCache(folder=tmp_path).get(KEY) is None
    EditCache(folder=tmp_path).put(KEY, EDIT)
    with database(tmp_path) as connection:
        connection.execute("UPDATE Cache SET key = ?", (bomb,))
    tier = DiskTier(tmp_path, 2**20)
    assert tier.get(KEY) is None
    assert tier.get(bomb[:64]) is None


def noise(size):
    return np.random.default_rng(0).bytes(size)


def flip_some(data, seed):
    rng = np.random.default_rng(seed)
    changed = np.frombuffer(data, np.uint8).copy()
    # Half of them in the first pages, where the tables' roots are.
    places = [*rng.integers(len(changed), size=20), *rng.integers(20 * 4096, size=20)]
    changed[places] ^= 0xFF
    return changed.tobytes()


DAMAGES = {
    "text": lambda data: b"this is no database" * 1000,
    "no head": lambda data: b"\0" * 100 + data[100:],
    "empty": lambda data: b"",
    "first page": lambda data: data[:100] + noise(3996) + data[4096:],
    "other pages": lambda data: data[:4096] + noise(len(data) - 4096),
    "cut": lambda data: data[: len(data) // 2],
    **{f"flips {seed}": functools.partial(flip_some, seed=seed) for seed in range(12)},
}


@pytest.mark.filterwarnings("ignore:the edit cache in:RuntimeWarning")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_opens_again_and_gives_no_wrong_edit(tmp_path, damage):
    keys = [bytes([number]) * 32 for number in range(8)]
    edits = [CachedEdit(picture(number), half_mask()) for number in range(8)]
    cache = EditCache(max_bytes=0, folder=tmp_path)
    for key, edit in zip(keys, edits, strict=True):
        cache.put(key, edit)
    cache.close()
    file = tmp_path / "edits" / "cache.db"
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    cache = EditCache(max_bytes=0, folder=tmp_path)
    for _ in range(2):
        for key, edit in zip(keys, edits, strict=True):
            found = cache.get(key)
            if found is not None:
                assert_same(found, edit)
            cache.put(key, edit)
    cache.close()
    again = EditCache(max_bytes=0, folder=tmp_path)
    again.put(KEY, EDIT)
    assert_same(again.get(KEY), EDIT)


def test_a_damaged_database_is_set_aside_with_a_warning(tmp_path):
    EditCache(folder=tmp_path).put(KEY, EDIT)
    (tmp_path / "edits" / "cache.db").write_bytes(b"this is no database" * 1000)
    with pytest.warns(RuntimeWarning, match="was damaged"):
        cache = EditCache(folder=tmp_path)
    assert cache.get(KEY) is None
    (aside,) = tmp_path.glob("damaged-*")
    assert (aside / "cache.db").exists()


def test_a_database_that_breaks_during_a_run_is_replaced(tmp_path):
    cache = EditCache(max_bytes=0, folder=tmp_path)
    cache.put(KEY, EDIT)
    cache.close()
    file = tmp_path / "edits" / "cache.db"
    file.write_bytes(b"this is no database" * 1000)
    with pytest.warns(RuntimeWarning, match="failed"):
        assert cache.get(KEY) is None
    cache.put(KEY, EDIT)
    assert_same(cache.get(KEY), EDIT)
    assert cache.summary()["disk_errors"] >= 1
    assert list(tmp_path.glob("damaged-*"))


# Disks that fail ---------------------------------------------------------------------------------


def test_a_full_disk_costs_the_savings_and_not_the_rollout(tmp_path):
    tool, cache = CountingTool(), EditCache(folder=tmp_path)
    cached = CachedTool(tool, cache)
    cached.apply([picture(0)], [half_mask()], [0])
    assert cache._disk is not None
    # The error and the code of a full disk, from SQLite itself.
    cache._disk._connection().execute("PRAGMA max_page_count = 1")
    with pytest.warns(RuntimeWarning, match="full") as caught:
        for number in (0, 1, 2, 1):
            cached.apply([picture(number, 300)], [half_mask(300)], [0])
    assert len(caught) == 1
    assert tool.edits == 4
    summary = cache.summary()
    assert summary["memory_entries"] == 4 and summary["disk_errors"] >= 1
    assert not list(tmp_path.glob("damaged-*"))


def test_a_database_that_is_busy_for_too_long_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("editenv.tools.cache.disk._BUSY_SECONDS", 0.05)
    cache = EditCache(max_bytes=0, folder=tmp_path)
    cache.put(KEY, EDIT)
    with database(tmp_path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.warns(RuntimeWarning, match="failed"):
            cache.put(b"o" * 32, EDIT)
        assert_same(cache.get(KEY), EDIT)
        connection.execute("ROLLBACK")
    cache.put(b"o" * 32, EDIT)
    assert_same(cache.get(b"o" * 32), EDIT)
    assert not list(tmp_path.glob("damaged-*"))


def test_what_the_caller_is_handling_is_no_damage(tmp_path, monkeypatch):
    cache = EditCache(folder=tmp_path)
    tool = CachedTool(CountingTool(), cache)
    tool.apply([picture(0)], [half_mask()], [0])
    cache._memory.clear()

    def busy(*arguments, **keywords):
        raise BUSY

    monkeypatch.setattr(cache._disk, "_connection", busy)
    with pytest.warns(RuntimeWarning, match="busy"):
        try:
            raise KeyError("x")
        except KeyError:
            tool.apply([picture(0)], [half_mask()], [0])
    assert not list(tmp_path.glob("damaged-*"))


def test_the_folder_stays_where_it_was(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cache = EditCache(folder="edits")
    monkeypatch.chdir(tmp_path / "elsewhere")
    for each in (cache, pickle.loads(pickle.dumps(cache))):
        assert each._disk.folder == tmp_path / "edits"
    assert EditCache(folder="~/edits")._disk.folder == tmp_path / "home" / "edits"
    assert [*(tmp_path / "elsewhere").iterdir()] == []


def test_versions_count_through_two_caches(tmp_path):
    class Versioned(CountingTool):
        def __init__(self, version):
            super().__init__()
            self.version = version

    shared = EditCache()
    for version in ("1", "2"):
        inner = CachedTool(Versioned(version), EditCache())
        outer = CachedTool(inner, shared)
        outer.apply([picture(0)], [half_mask()], [0])
        assert (outer.hits, outer.misses) == (0, 1)


def test_a_failed_operation_leaves_no_transaction_open(tmp_path):
    tier = DiskTier(tmp_path, 2**20)

    def fail(cache):
        cache.execute("BEGIN IMMEDIATE")
        raise OSError("input/output error")

    with pytest.warns(RuntimeWarning, match="input/output error"):
        assert tier._attempt(fail, None) is None
    with database(tmp_path) as connection:
        connection.execute("BEGIN IMMEDIATE")


@pytest.mark.parametrize(
    ("error", "damage"),
    [
        (OSError("input/output error"), False),
        (MemoryError(), False),
        (BUSY, False),
        (ValueError("not enough values to unpack"), True),
        (sqlite3.DatabaseError("database disk image is malformed"), True),
    ],
)
def test_only_the_databases_own_faults_are_damage(error, damage):
    assert _is_damage(error) == damage


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"folder='.*file' cannot hold an edit cache"):
        EditCache(folder=tmp_path / "file")


def test_the_disk_limit_holds_and_the_newest_edits_stay(tmp_path):
    size = EDIT.nbytes
    cache = EditCache(max_bytes=0, folder=tmp_path, disk_bytes=40 * size)
    keys = [bytes([number]) * 32 for number in range(100)]
    for key in keys:
        cache.put(key, EDIT)
        assert cache.summary()["disk_bytes"] <= 40 * size
    kept = [cache.get(key) is not None for key in keys]
    assert kept == sorted(kept) and 20 <= sum(kept) <= 40
    cache.put(b"large" * 6, CachedEdit(picture(0, 1000), None))
    assert cache.get(b"large" * 6) is None


# Without the packages ----------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["filelock"])
def test_a_missing_package_is_named_with_the_pip_command(tmp_path, missing):
    code = f"""
import sys
sys.modules[{missing!r}] = None
import gymnasium, editenv
from gymnasium.error import DependencyNotInstalled
gymnasium.make("ImageEdit-v0")
try:
    gymnasium.make("ImageEdit-v0", edit_cache="disk:" + sys.argv[1])
except DependencyNotInstalled as error:
    print(error)
"""
    output = run_python(code, tmp_path).communicate()[0]
    assert f"pip install {missing}" in output
