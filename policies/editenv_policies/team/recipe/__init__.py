"""The team's recipe: collect oracles' decisions, clone them, fine-tune together, evaluate."""

from editenv_policies.team.recipe.run import run
from editenv_policies.team.recipe.settings import TeamRecipe

__all__ = ["TeamRecipe", "run"]
