"""Who moves the sliders of ``ImageEdit-Develop-v0`` without learning, and how well."""

from editenv_policies.develop.actors import ACTORS, Blind, Oracle, Random, Reader, Still
from editenv_policies.develop.table import Row, compare_sliders, evaluate_sliders, sliders_table

__all__ = [
    "ACTORS",
    "Blind",
    "Oracle",
    "Random",
    "Reader",
    "Row",
    "Still",
    "compare_sliders",
    "evaluate_sliders",
    "sliders_table",
]
