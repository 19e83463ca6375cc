"""Remote components say which package is missing, and load none before they need it."""

import subprocess
import sys

import pytest
from gymnasium.error import DependencyNotInstalled

from editenv.models.chat import make_chat_model
from editenv.tools import make_tool


@pytest.mark.parametrize("package", ["httpx", "tenacity", "anyio"])
@pytest.mark.parametrize(
    "make",
    [
        lambda: make_tool("openai:http://127.0.0.1/v1#m"),
        lambda: make_tool("json:http://127.0.0.1/edit"),
        lambda: make_chat_model("openai:http://127.0.0.1/v1#m"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, package, make):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyNotInstalled, match=r"pip install 'editenv\[remote\]'"):
        make()


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import sys, editenv, editenv.tools, editenv.models.chat;"
        "assert not {'httpx', 'anyio', 'tenacity', 'openai', 'sqlite3'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
