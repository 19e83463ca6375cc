"""What components that are built from a name take from the environment of the process."""

from __future__ import annotations

import os
from functools import cache

from editenv.models.remote.budget import Budget

ENV_MONEY, ENV_CALLS, ENV_LEDGER = (
    "EDITENV_BUDGET_MONEY",
    "EDITENV_BUDGET_CALLS",
    "EDITENV_BUDGET_FILE",
)
"""Environment variables of the budget that ``default_budget`` makes."""


def default_budget() -> Budget | None:
    """Return the one budget that all components built from names share.

    Returns:
        None where neither ``EDITENV_BUDGET_MONEY`` nor ``EDITENV_BUDGET_CALLS`` is set. With
        ``EDITENV_BUDGET_FILE`` all processes share it, and it outlives them.

    Raises:
        ValueError: a variable holds no number of at least 0.
    """
    money, calls = os.environ.get(ENV_MONEY), os.environ.get(ENV_CALLS)
    if not money and not calls:
        return None
    return _budget(money, calls, os.environ.get(ENV_LEDGER))


@cache
def _budget(money: str | None, calls: str | None, path: str | None) -> Budget:
    try:
        return Budget(float(money) if money else None, int(calls) if calls else None, path or None)
    except ValueError as error:
        raise ValueError(
            f"the budget of {ENV_MONEY}={money!r}, {ENV_CALLS}={calls!r}, {ENV_LEDGER}={path!r} "
            f"is not accepted: {error}"
        ) from None
