"""The command is found where an installation looks for it."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_console_script_exists():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["editenv"].partition(":")
    assert callable(getattr(import_module(module), function))


def test_the_package_can_be_run():
    command = [sys.executable, "-m", "editenv", "audit", "--env", "none"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert "env='none' is unknown" in done.stderr
