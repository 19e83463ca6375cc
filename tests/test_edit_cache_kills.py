"""Processes that write the disk cache are killed: it opens again and holds no wrong edit."""

import random
import signal
import time
import warnings

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
from edit_cache_writer import DISK_BYTES, PICTURES

from editenv.tools.cache import CachedTool, EditCache
from editenv.tools.cache.keys import edit_keys

pytest.importorskip("filelock")


def start_writer(folder, seed):
    code = "import sys, edit_cache_writer; edit_cache_writer.main(sys.argv[1], int(sys.argv[2]))"
    writer = run_python(code, folder, seed)
    assert writer.stdout is not None and writer.stdout.readline() == "writing\n"
    return writer


def kill(process):
    assert process.poll() is None
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def read_everything(folder):
    """Compare every edit that can be read with the tool's own; return how many there are."""
    tool = Wanderer()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache = EditCache(max_bytes=0, folder=folder, disk_bytes=DISK_BYTES)
        found = 0
        for number in range(PICTURES):
            batch = [picture(number, 192)], [half_mask(192)], [0]
            (expected,) = tool.apply(*batch)
            edit = cache.get(*edit_keys(tool, *batch))
            if edit is not None:
                assert_same(edit, expected)
                found += 1
        summary = cache.summary()
        cache.close()
    assert summary["disk_errors"] == 0
    return found, summary


def check_kills(folder, times):
    """Kill writers one after the other, each while the next one writes and we read."""
    rng = random.Random(0)
    found, damaged = [], 0
    writer = start_writer(folder, 0)
    for number in range(1, times + 1):
        following = start_writer(folder, number) if number < times else None
        time.sleep(rng.uniform(0.0, 0.25))
        kill(writer)
        readable, summary = read_everything(folder)
        found.append(readable)
        damaged += summary["damaged"]
        writer = following
    assert min(found) > 0
    assert not list(folder.glob("damaged-*"))
    print(f"{times} kills: {sum(found)} edits read back, {damaged} checksums wrong, none wrong")


def test_killed_writers_leave_a_cache_that_opens_and_holds_no_wrong_edit(tmp_path):
    check_kills(tmp_path, 5)
    cache = EditCache(max_bytes=0, folder=tmp_path, disk_bytes=DISK_BYTES)
    cache.put(KEY, EDIT)
    assert_same(cache.get(KEY), EDIT)
    assert cache.summary()["disk_bytes"] <= DISK_BYTES


@pytest.mark.slow
def test_fifty_killed_writers(tmp_path):
    check_kills(tmp_path, 50)


STUCK = """
import sys, time
from edit_cache_tools import CountingTool, half_mask, picture
from editenv.tools.cache import CachedTool, EditCache
class Stuck(CountingTool):
    def apply(self, *batch):
        print("working", flush=True)
        time.sleep(600)
CachedTool(Stuck(), EditCache(folder=sys.argv[1])).apply([picture(0)], [half_mask()], [0])
"""


def test_nobody_waits_for_a_process_that_was_killed_at_work(tmp_path):
    process = run_python(STUCK, tmp_path)
    assert process.stdout is not None and process.stdout.readline() == "working\n"
    process.kill()
    process.communicate()
    start = time.monotonic()
    tool = CountingTool()
    CachedTool(tool, EditCache(folder=tmp_path)).apply([picture(0)], [half_mask()], [0])
    assert tool.edits == 1 and time.monotonic() - start < 5.0
