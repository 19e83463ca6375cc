"""The reference recipe: collect, clone, fine-tune, evaluate; a stopped run can be resumed."""

from editenv_policies.recipe.run import run
from editenv_policies.recipe.settings import Recipe

__all__ = ["Recipe", "run"]
