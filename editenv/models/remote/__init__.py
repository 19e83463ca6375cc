"""What every component behind a server shares: key, address, limits, budget, client, pictures.

Nothing here imports an optional package before a first call needs it.
"""

from editenv.models.remote.budget import Budget, Spent, default_budget
from editenv.models.remote.key import Key, default_key
from editenv.models.remote.limits import Limits

__all__ = ["Budget", "Key", "Limits", "Spent", "default_budget", "default_key"]
