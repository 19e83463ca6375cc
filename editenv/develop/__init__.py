"""A photo editor's sliders: what they do to a picture, and their files.

>>> import numpy as np
>>> from editenv.develop import Sliders, develop
>>> grey = np.full((4, 4, 3), 100, np.uint16)
>>> develop(grey, Sliders(exposure=1.0)).dtype
dtype('uint16')
"""

from editenv.develop.geometry import ratio_box
from editenv.develop.pipeline import develop
from editenv.develop.sliders import Range, Sliders

__all__ = [
    "Range",
    "Sliders",
    "develop",
    "ratio_box",
]
