"""Extractors and policies for Stable-Baselines3 and sb3-contrib. Needs the extra ``sb3``."""

from editenv_policies.sb3.extractor import CoordinatorExtractor
from editenv_policies.sb3.policy import CoordinatorPolicy, MaskableCoordinatorPolicy

__all__ = ["CoordinatorExtractor", "CoordinatorPolicy", "MaskableCoordinatorPolicy"]
