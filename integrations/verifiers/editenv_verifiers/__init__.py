"""editenv as a verifiers taskset; ``vf-eval editenv_verifiers``."""

from editenv_verifiers.taskset import EditTaskset

__all__ = ["EditTaskset"]
