"""What the tests of answers share: tasks of an id, and scorers of a task."""

import editenv
from editenv.answers import (
    AnswerRules,
    Scorer,
    make_answer_reward,
    parse_answer,
)
from editenv.answers.words import NameFinder
from editenv.encoders import make_encoder
from editenv.tasks import make_tasks
from editenv.tools import make_tools
from editenv.types import Region

NAMES = NameFinder(make_encoder("static"))
IDS = list(editenv.CONFIGURATIONS)


def tasks_of(env_id, count, split="train", side=128):
    kwargs = editenv.CONFIGURATIONS[env_id][1]
    source = make_tasks(kwargs["tasks"], split=split, height=side, width=side)
    return [source[index] for index in range(count)], make_tools(kwargs.get("tools", "objects"))


def scorer_of(task, tools, reward="outcome", encoder="static"):
    rules = AnswerRules(tools, make_encoder(encoder), make_answer_reward(reward))
    whole = Region.whole(*task.source.shape[:2])
    return Scorer(task, (whole, *task.regions, *[None] * 8), rules)


def values(scorer, *answers):
    standing = scorer.begin()
    for text in answers:
        standing = standing.after(parse_answer(text))
    return standing.values
