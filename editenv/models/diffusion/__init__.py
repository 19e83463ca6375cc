"""Diffusers pipelines as tools. See ``DiffusionTool`` and ``docs/diffusion.md``.

Importing this imports neither torch nor diffusers.
"""

from editenv.models.diffusion.adapters import ADAPTERS, Adapter, FluxAdapter, QwenAdapter
from editenv.models.diffusion.query import make_diffusion_tool
from editenv.models.diffusion.tool import DiffusionTool

__all__ = [
    "ADAPTERS",
    "Adapter",
    "DiffusionTool",
    "FluxAdapter",
    "QwenAdapter",
    "make_diffusion_tool",
]
