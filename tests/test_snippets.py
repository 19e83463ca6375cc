"""Every Python snippet of the README and of ``docs/`` runs, a page by itself, from top to bottom.

Marks in the Markdown, as comments that no reader sees, just before a block:

``not run: needs ...``
    The block needs what no test has: a server, a download, a GPU, a model that somebody trained.
``small: 300_000 -> 512``
    The test runs the block with smaller numbers.
``setup: ...``
    Python that stands for what the page tells the reader to do in another way, such as a command.
"""

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from editenv.rewards import TERMS
from editenv.tasks import TASK_SOURCES
from editenv.tools import OPERATIONS, TOOLS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

SLOW = {f"docs/{name}.md" for name in "coordinator grpo grpo_vlm small_vlm team text".split()}
"""Pages whose blocks train, or need torch's larger libraries."""

TORCH = {*SLOW, "docs/start.md"}
"""Pages that need torch."""

BLOCK = re.compile(r"((?:^<!--.*?-->\n+)*)^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- (not run|small|setup): (.*?) -->", re.DOTALL)


class Block(NamedTuple):
    """A snippet: where it begins, its code as it is run, and why it is not."""

    line: int
    code: str
    why_not: str | None


def blocks_of(page):
    text, found = page.read_text(), []
    for match in BLOCK.finditer(text):
        code, why_not = match[2], None
        for kind, said in MARK.findall(match[1]):
            if kind == "not run":
                why_not = said
            elif kind == "small":
                large, _, small = said.partition(" -> ")
                assert large in code, f"{page.name}: {large!r} is not in the block"
                code = code.replace(large, small)
            else:
                code = f"{said}\n{code}"
        found.append(Block(text[: match.start(2)].count("\n"), code, why_not))
    return found


def name_of(page):
    return page.relative_to(ROOT).as_posix()


WITH_CODE = [page for page in PAGES if blocks_of(page)]


def marked(pages):
    for page in pages:
        name = name_of(page)
        yield pytest.param(page, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


@pytest.mark.parametrize("page", marked(WITH_CODE))
def test_the_snippets_of_a_page_run(page, tmp_path, monkeypatch):
    if name_of(page) in TORCH:
        pytest.importorskip("sb3_contrib")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    namespace = {"__name__": "__main__"}
    with ExitStack() as as_before:
        for registry in (os.environ, TOOLS, OPERATIONS, TASK_SOURCES, TERMS):
            as_before.enter_context(mock.patch.dict(registry))
        for block in blocks_of(page):
            code = compile(block.code, f"{name_of(page)}, line {block.line}", "exec")
            if block.why_not is None:
                exec(code, namespace)


@pytest.mark.parametrize("page", WITH_CODE, ids=name_of)
def test_what_is_not_run_says_what_it_needs(page):
    for block in blocks_of(page):
        if block.why_not is not None:
            assert block.why_not.startswith("needs "), f"{name_of(page)}, line {block.line}"


def test_every_block_of_python_is_found():
    """A mark or a fence that is written otherwise would take a block out unseen."""
    for page in PAGES:
        text = page.read_text()
        assert len(blocks_of(page)) == len(
            re.findall(r"^\s*```(?:python|py)\b", text, re.MULTILINE)
        )
        assert len(MARK.findall(text)) == len(re.findall(r"<!-- (?:not run|small|setup)\b", text))


def test_most_blocks_run():
    blocks = [block for page in PAGES for block in blocks_of(page)]
    assert sum(block.why_not is None for block in blocks) >= 0.7 * len(blocks)
