"""Learning from an oracle's episodes: behaviour cloning. Needs the extra ``sb3``."""

from editenv_policies.imitation.blind import HIDEABLE, hide
from editenv_policies.imitation.clone import Clone
from editenv_policies.imitation.collect import collect
from editenv_policies.imitation.demonstrations import Demonstrations
from editenv_policies.imitation.lessons import CallLessons
from editenv_policies.imitation.training import train

__all__ = ["HIDEABLE", "CallLessons", "Clone", "Demonstrations", "collect", "hide", "train"]
