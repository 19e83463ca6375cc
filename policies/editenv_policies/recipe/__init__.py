"""The reference recipes: collect, clone, fine-tune, evaluate; a stopped run can be resumed."""

from editenv_policies.recipe.coordinator import CoordinatorRecipe
from editenv_policies.recipe.stages import run

__all__ = ["CoordinatorRecipe", "run"]
