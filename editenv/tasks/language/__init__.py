"""The English of the instructions: adding a way to say something is adding one string."""

from editenv.tasks.language.grammar import (
    all_of,
    complaint,
    compose,
    facing,
    goal_words,
    indirect_goal,
    like,
    other_of,
    phrase,
    refer,
    surface_forms,
    templates,
)

__all__ = [
    "all_of",
    "complaint",
    "compose",
    "facing",
    "goal_words",
    "indirect_goal",
    "like",
    "other_of",
    "phrase",
    "refer",
    "surface_forms",
    "templates",
]
