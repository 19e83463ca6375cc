"""The reference recipe: collect, clone, fine-tune, evaluate; a stopped run goes on."""

from policies.recipe.run import run
from policies.recipe.settings import Recipe

__all__ = ["Recipe", "run"]
