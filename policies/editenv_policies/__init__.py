"""Reference policies: trained coordinators, trainers for Stable-Baselines3, and baselines."""

from editenv_policies.trained import load

__all__ = ["load"]
