"""Examples as modules, and what their training did to the networks."""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDER = TESTS.parent / "examples" / "libraries"

# They import Ray as they are collected; .ci/libraries has an environment with it.
collect_ignore_glob = [] if importlib.util.find_spec("ray") else ["test_ray_*.py"]


@pytest.fixture
def load():
    """Import an example by its file's name; a library that is missing fails the test."""
    loaded = []

    def call(name):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        # Workers that are spawned import what they unpickle by this name.
        sys.modules[name] = module
        loaded.append(name)
        spec.loader.exec_module(module)
        return module

    yield call
    for name in loaded:
        del sys.modules[name]


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster with two CPUs, whose workers can import what lies in ``tests/``."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(TESTS), prepend=os.pathsep)
        # By default they give way to every other process of the machine.
        patch.setenv("RAY_worker_niceness", "0")
        ray.init(
            num_cpus=2,
            object_store_memory=80 * 2**20,
            include_dashboard=False,
            log_to_driver=False,
        )
        yield ray
        ray.shutdown()


@pytest.fixture
def learning():
    """Check that optimizers take steps in a block, and that these change finite numbers."""

    @contextmanager
    def check():
        import torch
        from torch.optim import optimizer as hooks

        before = {}

        def remember(optimizer, args, kwargs):
            for group in optimizer.param_groups:
                for value in group["params"]:
                    if value not in before:
                        before[value] = value.detach().clone()

        handle = hooks.register_optimizer_step_pre_hook(remember)
        try:
            yield
        finally:
            handle.remove()
        assert before, "no optimizer took a step"
        assert any(not torch.equal(old, new) for new, old in before.items())
        assert all(value.isfinite().all() for value in before)

    return check
