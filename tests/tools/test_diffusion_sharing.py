"""Pipelines are loaded once and shared, by threads too, and freed."""

from __future__ import annotations

import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
from diffusion_edits import FLUX, QUICK, Folders, edit

from editenv.models.diffusion import DiffusionTool, make_diffusion_tool
from editenv.models.diffusion.store import STORE, Store
from editenv.types import Image


def test_loaded_once_shared_and_freed_by_the_last_close(tiny_folder: Folders) -> None:
    users = len(STORE)
    folder = tiny_folder(FLUX)
    one = DiffusionTool(folder, **QUICK)
    two = make_diffusion_tool(f"{folder}/../{FLUX}?steps=2&size=picture&device=cpu")
    assert not one._handle.is_loaded
    edit(one, ["red"])
    assert two._handle is one._handle and two._handle.is_loaded
    weights = weakref.ref(one.pipeline.transformer)
    one.close()
    one.close()
    with pytest.raises(RuntimeError, match="closed"):
        edit(one, ["red"])
    edit(two, ["red"])
    two.close()
    gc.collect()
    assert weights() is None
    assert len(STORE) == users


def test_a_tool_that_is_forgotten_frees_its_pipeline(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), **QUICK)
    assert tool.pipeline is not None
    weights = weakref.ref(tool.pipeline.transformer)
    del tool
    gc.collect()
    assert weights() is None


def test_a_store_counts_its_users_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("editenv.models.diffusion.store.release_memory", lambda: None)  # slow
    store, loads = Store(), []

    def use() -> None:
        for turn in range(200):
            handle = store.acquire(turn % 3, lambda: loads.append(1) or object())
            assert handle.pipeline() is not None
            store.release(turn % 3)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store) == 0 and loads


def test_the_garbage_collector_may_release_while_the_store_is_busy() -> None:
    store = Store()
    handle = store.acquire("key", object)
    handle.pipeline()
    with store._lock:
        store.release("key")  # must not wait for itself
        assert handle.is_loaded
    store.acquire("other", object)
    assert not handle.is_loaded and len(store) == 1


def test_threads_share_a_tool(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder("QwenImageEditPipeline"), **QUICK)
    expected = [edit(tool, [text])[0].image for text in ("red", "blue")]
    found: dict[tuple[int, int], Image] = {}

    def work(number: int) -> None:
        for turn in range(3):
            found[number, turn] = edit(tool, [("red", "blue")[number]])[0].image

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(np.array_equal(image, expected[who]) for (who, _), image in found.items())
    tool.close()


def test_a_pickled_tool_is_another_user_of_the_same_pipeline(tiny_folder: Folders) -> None:
    tool = DiffusionTool(tiny_folder(FLUX), goals=("duck",), action="replace", **QUICK)
    copy = pickle.loads(pickle.dumps(tool))
    assert copy._handle is tool._handle and copy.options == tool.options
    tool.close()
    edit(copy, ["red"])
    copy.close()
