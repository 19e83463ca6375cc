"""Every miniature once, as a mirror folder; no network and no cache but the tests' own."""

from __future__ import annotations

import pytest
from miniatures import MINIATURES, save, save_imgedit


@pytest.fixture(scope="session", autouse=True)
def offline(tmp_path_factory):
    """Keep the library away from the hub and from the user's cache."""
    import datasets

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
        cache = tmp_path_factory.mktemp("cache")
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", cache)
        datasets.disable_progress_bars()
        yield
        datasets.enable_progress_bars()


@pytest.fixture(scope="session")
def mirrors(offline, tmp_path_factory):
    """By data set: the folder (for ImgEdit-Bench the file) that holds its miniature."""
    root = tmp_path_factory.mktemp("mirrors")
    found = {name: save(make(), root / name) for name, make in MINIATURES.items()}
    return {**found, "imgedit-bench": save_imgedit(root / "imgedit")}
