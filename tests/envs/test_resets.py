"""Which copies of a vector environment begin alike, so that their task is drawn once."""

import pytest

from editenv.envs.resets import Resets

LARGE = 10**12


@pytest.mark.parametrize(
    ("seeds", "tasks", "alike"),
    [
        ([LARGE, int(str(LARGE))], None, True),
        ([3, 4], None, False),
        ([None, None], None, False),
        ([3, 3], [7, int("7")], True),
        ([3, 3], [7, 8], False),
    ],
)
def test_same_seed_and_same_task_begin_alike(seeds, tasks, alike):
    options = None if tasks is None else {"task": tasks}
    resets = Resets.parse(seeds, options, 2)
    assert not resets.repeats(0), "nothing comes before the first"
    assert resets.repeats(1) is alike
