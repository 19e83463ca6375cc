"""What every component behind a server shares: key, address, limits, budget, client, pictures.

Nothing here imports an optional package before a first call needs it.
"""

from editenv.remote.budget import Budget, Spent
from editenv.remote.defaults import default_budget
from editenv.remote.key import Key, default_key
from editenv.remote.limits import Limits

__all__ = ["Budget", "Key", "Limits", "Spent", "default_budget", "default_key"]
