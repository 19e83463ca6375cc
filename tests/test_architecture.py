"""docs/architecture.md names the files of a step in the order in which a step enters them."""

import re
import sys
from pathlib import Path

import gymnasium

import editenv

ROOT = Path(editenv.__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"


def entered(function):
    """The package's files, in the order in which a call enters them first."""
    files = []

    def note(frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            name = path.relative_to(ROOT).as_posix()
            if name not in files:
                files.append(name)

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return files


def test_the_walk_is_the_one_that_a_step_takes():
    rows = re.findall(r"^\| \d \| `([\w/.]+)`", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == 9
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True).unwrapped
    env.reset(seed=0)
    workspace = env.workspace
    call = next(c for c in env.calls if c.tool == "recolour" and not workspace.why_invalid(c))
    action = env.encode(call)
    files = entered(lambda: env.step(action))
    places = [next(n for n, file in enumerate(files) if file.startswith(row)) for row in rows]
    assert places == sorted(places)
