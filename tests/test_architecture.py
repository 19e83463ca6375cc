"""docs/architecture.md names the files of a step in the order in which a step enters them."""

import re
import sys
from importlib import import_module
from inspect import getmembers, isclass
from itertools import pairwise
from pathlib import Path

import gymnasium
import pytest

import editenv

ROOT = Path(editenv.__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"

PUBLIC = ("", "agents", "develop", "encoders", "envs/text", "grounders", "judges", "material")
PUBLIC += ("recordings", "rewards", "tasks", "tasks/pack", "tools", "tools/cache", "wrappers")

MOST_FILES = 23
"""That one step passes, helpers included."""


def getters():
    """The code of all properties: reading one is no call."""
    modules = [module for name, module in sys.modules.items() if name.startswith("editenv.")]
    classes = {kind for module in modules for _, kind in getmembers(module, isclass)}
    return {
        value.fget.__code__
        for kind in classes
        for value in vars(kind).values()
        if isinstance(value, property) and hasattr(value.fget, "__code__")
    }


def calls_of(function):
    """The package's files that a call passes, each with those that it was called through."""
    skipped, calls, path = getters(), [], []

    def note(frame, event, _):
        code = frame.f_code
        file = Path(code.co_filename)
        if not file.is_relative_to(ROOT) or code in skipped:
            return
        if event == "call":
            path.append(file.relative_to(ROOT).as_posix())
            calls.append(tuple(path))
        elif event == "return":
            path.pop()

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls


def recolouring():
    """A step of the default environment that recolours something."""
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True).unwrapped
    env.reset(seed=0)
    workspace = env.workspace
    call = next(c for c in env.calls if c.tool == "recolour" and not workspace.why_invalid(c))
    action = env.encode(call)
    return lambda: env.step(action)


def test_a_step_reads_downward_through_nine_files():
    """Each is entered from one other, which stands above it, in the order of the page."""
    rows = re.findall(r"^\| (\d) \| `([\w/.]+)`.*? \| (\d?) ?\|", PAGE.read_text(), re.MULTILINE)
    files = [file for _, file, _ in rows]
    assert len(files) == 9
    calls = calls_of(recolouring())
    walks = [[file for file in path if file in files] for path in calls]
    first = list(dict.fromkeys(walk[-1] for walk in walks))
    assert first == files
    entries = {pair for walk in walks for pair in pairwise(walk)}
    above = {(files[int(number) - 1], file) for _, file, number in rows if number}
    assert {pair for pair in entries if pair[0] != pair[1]} == above
    assert len({path[-1] for path in calls}) <= MOST_FILES


@pytest.mark.parametrize("package", PUBLIC)
def test_every_exported_name_is_in_the_documentation(package):
    module = import_module(".".join(["editenv", *filter(None, package.split("/"))]))
    pages = [*PAGE.parent.rglob("*.md"), *PAGE.parents[1].glob("[RC]*.md")]
    words = set(re.findall(r"\w+", "\n".join(page.read_text() for page in pages)))
    assert not set(module.__all__) - words
