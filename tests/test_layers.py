"""The core imports no models, models no policies, and nothing imports in a circle."""

from pathlib import Path

from importlinter.cli import lint_imports

SETTINGS = Path(__file__).parents[1] / "pyproject.toml"


def test_imports_keep_the_contracts():
    assert lint_imports(str(SETTINGS), no_cache=True, no_logo=True) == 0
