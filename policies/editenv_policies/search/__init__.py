"""Search over branches of the environment: best of n, and beam search."""

from editenv_policies.search.actor import SearchActor
from editenv_policies.search.beam import Plan, beam_search, best_of_n
from editenv_policies.search.proposers import ModelProposer, RandomProposer
from editenv_policies.search.scorers import CriticScorer, RewardScorer

__all__ = [
    "CriticScorer",
    "ModelProposer",
    "Plan",
    "RandomProposer",
    "RewardScorer",
    "SearchActor",
    "beam_search",
    "best_of_n",
]
