"""What the command lines of examples and scripts share."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any


def fill_in(
    arguments: argparse.Namespace, full: Mapping[str, Any], smoke: Mapping[str, Any]
) -> argparse.Namespace:
    """Give arguments that were not given (None) their value, and return them.

    Args:
        arguments: with ``smoke``, whether a run of seconds is wanted.
        full: values by name.
        smoke: values by name of a run of seconds.
    """
    for name, value in (smoke if arguments.smoke else full).items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments
