from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """From a pipeline's class name to a folder with a tiny one, saved when first asked for."""
    import tiny_pipelines

    @cache
    def saved(name: str) -> Path:
        return tiny_pipelines.save(name, tmp_path_factory.mktemp("pipelines") / name)

    return saved
