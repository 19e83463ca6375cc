"""Everything for language models that see: data sets, rewards and environments for trainers.

| For | Take |
|---|---|
| answers in words, scored by reward functions (TRL, verl, EasyR1) | ``to_dataset``, |
| | ``reward_functions`` |
| tool calls, each of which shows the edited picture (TRL's ``environment_factory``) | ``rows``, |
| | ``ImageEditTools`` |
| a loop of your own | ``ImageEditTextEnv``, ``EditSessions`` |
"""

from editenv.envs.text import ImageEditTextEnv, reward_functions, to_dataset
from editenv.envs.tool_use import (
    RULES,
    EditSession,
    EditSessions,
    ImageEditTools,
    Signature,
    rows,
    signatures_of,
)

__all__ = [
    "RULES",
    "EditSession",
    "EditSessions",
    "ImageEditTextEnv",
    "ImageEditTools",
    "Signature",
    "reward_functions",
    "rows",
    "signatures_of",
    "to_dataset",
]
