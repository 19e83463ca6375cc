"""Wrappers for libraries that cannot use the environment directly: ``docs/libraries.md``.

The wrappers for the team's PettingZoo environments are in ``editenv.wrappers.team``.
"""

from editenv.wrappers.flat_observation import FlatObservation, VectorFlatObservation
from editenv.wrappers.mask_observation import MaskObservation
from editenv.wrappers.plain_infos import PlainInfos

__all__ = ["FlatObservation", "MaskObservation", "PlainInfos", "VectorFlatObservation"]
