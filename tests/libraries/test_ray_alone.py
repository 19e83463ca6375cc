"""What is said where there is no Ray cluster."""

import pytest
import ray

from editenv.tools import make_tool

pytestmark = pytest.mark.libraries


def test_without_a_cluster(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert not ray.is_initialized()
    with pytest.raises(RuntimeError, match=r"call ray.init\(\) first"):
        make_tool("ray:blur")
