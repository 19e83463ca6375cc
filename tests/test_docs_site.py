"""Nothing is left out of the site; `mkdocs build --strict` of `.ci/run` looks at its links."""

import re
import sys
from pathlib import Path

import pytest

from editenv.registration import CONFIGURATIONS, DEVELOP_CONFIGURATIONS, TEXT_CONFIGURATIONS

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "docs_site"))

from environments import pages  # noqa: E402

IDS = [*CONFIGURATIONS, *TEXT_CONFIGURATIONS, *DEVELOP_CONFIGURATIONS]
MOST_BYTES = 150_000


@pytest.mark.parametrize("env_id", IDS)
def test_every_id_has_a_page_with_a_small_animation(env_id):
    text = pages()[f"environments/{env_id}.md"]
    for section in ("Action Space", "Observation Space", "Rewards", "Episode End", "Arguments"):
        assert f"\n## {section}\n" in text
    assert "``" not in text.replace("```", "") and text.count("```") % 2 == 0
    (picture,) = re.findall(r"images/solved/[\w-]+\.gif", text)
    assert 10_000 < (ROOT / "docs" / picture).stat().st_size <= MOST_BYTES


def test_the_menu_has_every_page_once():
    menu = re.findall(r"[\w/-]+\.md\b", (ROOT / "mkdocs.yml").read_text())
    written = [path.name for path in (ROOT / "docs").glob("*.md")]
    assert set(menu) >= {*written, *pages()}
    assert len(menu) == len(set(menu))
