"""What MkDocs is told beside ``docs/``: pages made from the code and from result files.

``mkdocs.yml`` names this file; MkDocs calls the functions by their names.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from environments import pages as environment_pages
from mkdocs.structure.files import File
from results import charts

from leaderboard import MARK as LEADERBOARD
from leaderboard import as_markdown as leaderboard

ROOT = Path(__file__).parents[2]

BESIDE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks/index.md",
    "benchmarks/results.md": "benchmarks/results.md",
    "benchmarks/floors.md": "benchmarks/floors.md",
}
"""Pages that lie elsewhere in the repository, and where they are on the site."""

MOVED = {**BESIDE, "README.md": "index.md", "benchmarks": "benchmarks/index.md"}
"""Where links to what is not in ``docs/`` lead."""

LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages and pictures that are not in ``docs/``."""
    for source, place in BESIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=text))
    for place, text in environment_pages().items():
        files.append(File.generated(config, place, content=text))
    for place, drawing in charts(ROOT).items():
        files.append(File.generated(config, place, content=drawing))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Lead links to where things are on the site, and fill the leaderboard in."""
    place = page.file.src_uri
    home = {site: source for source, site in BESIDE.items()}.get(place, f"docs/{place}")
    text = LINK.sub(lambda link: _moved(link, home, place), markdown)
    if place == "benchmarks/results.md":
        text += "\n\n## As a picture\n\n![success by id and policy](success.svg)\n"
    return text.replace(LEADERBOARD, leaderboard(ROOT))


def _moved(link: re.Match[str], home: str, place: str) -> str:
    """Turn a link of the repository into one of the site; what is not there stays as words."""
    if place.startswith("environments/"):  # Made for the site.
        return link[0]
    words, target, anchor = link[1], link[2], link[3] or ""
    site = _site_of((ROOT / home).parent.joinpath(target).resolve())
    return words if site is None else f"[{words}]({'../' * place.count('/')}{site}{anchor})"


def _site_of(path: Path) -> str | None:
    """Say where a file of the repository is on the site; None: nowhere."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    if name in MOVED:
        return MOVED[name]
    return name.removeprefix("docs/") if name.startswith("docs/") else None
