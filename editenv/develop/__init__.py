"""A photo editor's sliders: what they do to a picture, and their files.

>>> import numpy as np
>>> from editenv.develop import Sliders, develop
>>> grey = np.full((4, 4, 3), 100, np.uint16)
>>> develop(grey, Sliders(exposure=1.0)).dtype
dtype('uint16')
"""

from editenv.develop.geometry import ratio_box
from editenv.develop.pipeline import develop, soft_mask
from editenv.develop.sliders import COLOURS, RANGES, Range, Sliders

__all__ = ["COLOURS", "RANGES", "Range", "Sliders", "develop", "ratio_box", "soft_mask"]
