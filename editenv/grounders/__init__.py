"""Grounders: what is where in the picture, dealt into the region slots of an environment."""

from editenv.grounders.base import Grounder, into_slots
from editenv.grounders.factory import make_grounder, register_grounder
from editenv.grounders.noisy import NoisyGrounder
from editenv.grounders.pixels import PixelGrounder
from editenv.grounders.proposals import ProposalGrounder
from editenv.grounders.scene import SceneGrounder

__all__ = [
    "Grounder",
    "NoisyGrounder",
    "PixelGrounder",
    "ProposalGrounder",
    "SceneGrounder",
    "into_slots",
    "make_grounder",
    "register_grounder",
]
