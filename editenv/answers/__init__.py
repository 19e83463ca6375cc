"""Answers in words: their format, what carrying them out does, and how they are scored."""

from editenv.answers.conversation import Conversation
from editenv.answers.format import Answer, parse_answer, write_answer
from editenv.answers.plan import reference_answer
from editenv.answers.prompt import chat_prompt, system_prompt
from editenv.answers.reward import PRESETS, AnswerReward, make_answer_reward
from editenv.answers.scorer import AnswerRules, Scorer
from editenv.answers.terms import TERMS, register_answer_term
from editenv.answers.words import NameFinder

__all__ = [
    "PRESETS",
    "TERMS",
    "Answer",
    "AnswerReward",
    "AnswerRules",
    "Conversation",
    "NameFinder",
    "Scorer",
    "chat_prompt",
    "make_answer_reward",
    "parse_answer",
    "reference_answer",
    "register_answer_term",
    "system_prompt",
    "write_answer",
]
