"""editenv as an OpenEnv environment: client and models. The server is in ``server/``."""

from .client import EditEnv
from .models import EditAction, EditObservation, EditState

__all__ = ["EditAction", "EditEnv", "EditObservation", "EditState"]
