"""Is an object that a user gives what an argument asks for?"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs, get_protocol_members

Asked = TypeVar("Asked")


def implements(thing: object, protocol: type[Asked]) -> TypeIs[Asked]:
    """Whether an object, not a class, has all members of a protocol.

    ``isinstance`` says the same, but from Python 3.12 on it does not see what an object hands on by
    ``__getattr__``, as wrappers do.
    """
    if isinstance(thing, type):
        return False
    # The language looks for methods such as ``__getitem__`` in the class alone.
    return all(
        hasattr(type(thing) if member.startswith("__") else thing, member)
        for member in get_protocol_members(protocol)
    )


def is_array(thing: object) -> TypeIs[NDArray[Any]]:
    """Whether an object is a NumPy array, of any dtype."""
    return isinstance(thing, np.ndarray)
