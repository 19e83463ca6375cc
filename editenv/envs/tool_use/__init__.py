"""Editing by tool calls: for models that call functions, in any framework that serves them."""

from editenv.envs.tool_use.environment import ImageEditTools
from editenv.envs.tool_use.rows import RULES, rows
from editenv.envs.tool_use.session import EditSession, EditSessions
from editenv.envs.tool_use.signatures import Signature, signatures_of

__all__ = [
    "RULES",
    "EditSession",
    "EditSessions",
    "ImageEditTools",
    "Signature",
    "rows",
    "signatures_of",
]
