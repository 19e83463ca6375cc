"""Tasks that several tests play with: making them takes longer than playing them."""

from functools import cache

import editenv
from editenv.tasks import TaskPool, make_tasks

SIDES = {"ImageEdit-MultiStep-v0": 128, "ImageEdit-Complex-v0": 128}
"""Where several edits must fit into one picture, tasks are drawn sooner in a larger one."""


@cache
def shared(env_id, count=6, side=None):
    """Arguments of an environment that draws from the first tasks of an id, made once a process."""
    arguments = editenv.CONFIGURATIONS[env_id][1]
    side = side or SIDES.get(env_id, 64)
    source = make_tasks(arguments["tasks"], split="train", height=side, width=side)
    return {"tasks": TaskPool(source, count), "image_size": side}
