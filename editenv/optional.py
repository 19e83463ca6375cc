"""Import of optional packages, with an error that says how to install what is missing."""

from __future__ import annotations

import importlib
from types import ModuleType


def import_optional(module: str, pip: str, purpose: str) -> ModuleType:
    """Import an optional module when it is first needed.

    Args:
        module: name of the module, such as ``"transformers"``.
        pip: what to give to ``pip install``, such as ``"transformers torch"``.
        purpose: what needs it, the beginning of the error's sentence.

    Returns:
        The imported module.

    Raises:
        gymnasium.error.DependencyNotInstalled: the module, or one that it imports, is missing.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        # Imported here: the layers below the environments work without Gymnasium.
        from gymnasium.error import DependencyNotInstalled

        raise DependencyNotInstalled(
            f"{purpose} needs the package {module!r} ({error}); run `pip install {pip}`"
        ) from error
