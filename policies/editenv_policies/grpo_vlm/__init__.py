"""GRPO over a vision-language model, and the supervised start before it."""

from editenv_policies.grpo_vlm.evaluation import AnswerScores, evaluate
from editenv_policies.grpo_vlm.learner import GrpoLearner
from editenv_policies.grpo_vlm.model import VlmPolicy, load_policy, with_new_adapters
from editenv_policies.grpo_vlm.problems import EditProblems, Problem, Problems
from editenv_policies.grpo_vlm.run import Run
from editenv_policies.grpo_vlm.settings import (
    GroupSettings,
    LoraSettings,
    OptimizerSettings,
    SamplingSettings,
)
from editenv_policies.grpo_vlm.supervised import SupervisedLearner

__all__ = [
    "AnswerScores",
    "EditProblems",
    "GroupSettings",
    "GrpoLearner",
    "LoraSettings",
    "OptimizerSettings",
    "Problem",
    "Problems",
    "Run",
    "SamplingSettings",
    "SupervisedLearner",
    "VlmPolicy",
    "evaluate",
    "load_policy",
    "with_new_adapters",
]
