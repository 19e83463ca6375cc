"""Learning from an oracle's episodes: behaviour cloning. Needs the extra ``sb3``."""

from policies.imitation.blind import HIDEABLE, hide
from policies.imitation.clone import Clone
from policies.imitation.collect import collect
from policies.imitation.demonstrations import Demonstrations
from policies.imitation.training import train

__all__ = ["HIDEABLE", "Clone", "Demonstrations", "collect", "hide", "train"]
