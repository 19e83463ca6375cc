"""What is said without a Ray cluster, the page about Ray, and the file for many machines."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import ray

from editenv.tools import make_tool

pytestmark = pytest.mark.libraries

ROOT = Path(__file__).parents[2]


def test_without_a_cluster(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert not ray.is_initialized()
    with pytest.raises(RuntimeError, match=r"call ray.init\(\) first"):
        make_tool("ray:blur")


def test_the_snippet_of_the_page_runs():
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/ray.md").read_text(), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_file_for_many_machines_is_one():
    import yaml
    from ray.autoscaler._private.util import prepare_config, validate_config

    config = yaml.safe_load((ROOT / "examples/ray_cluster.yaml").read_text())
    validate_config(prepare_config(config))
    with pytest.raises(Exception, match="providr"):
        validate_config({**config, "providr": 1})
