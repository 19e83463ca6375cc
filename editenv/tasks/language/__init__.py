"""The English of the instructions: adding a way to say something is adding one string."""

from editenv.tasks.language.grammar import (
    complaint,
    compose,
    goal_words,
    indirect_goal,
    like,
    phrase,
    refer,
    surface_forms,
    templates,
)

__all__ = [
    "complaint",
    "compose",
    "goal_words",
    "indirect_goal",
    "like",
    "phrase",
    "refer",
    "surface_forms",
    "templates",
]
