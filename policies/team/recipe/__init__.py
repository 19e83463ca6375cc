"""The team's recipe: collect oracles' decisions, clone them, fine-tune together, evaluate."""

from policies.team.recipe.run import run
from policies.team.recipe.settings import TeamRecipe

__all__ = ["TeamRecipe", "run"]
