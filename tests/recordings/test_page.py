"""The page holds everything, and asks for nothing from elsewhere."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from editenv.cli import main
from editenv.recordings import read_recordings
from editenv.recordings.curves import MOST_POINTS, read_curves
from editenv.recordings.outline import outline
from editenv.recordings.pages import make_page
from editenv.recordings.view import view


def data_of(text):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(found)


@pytest.fixture(scope="module")
def page(recorded, tmp_path_factory):
    return view([recorded[0]], tmp_path_factory.mktemp("page") / "page.html", title="A & <b>")


def test_every_episode_step_and_curve_is_there(page, recorded):
    data = data_of(page.read_text())
    steps = sum(outcome.length for all_of in recorded[1].values() for outcome in all_of)
    assert sum(len(episode["steps"]) for episode in data["episodes"]) == steps
    assert {e["policy"] for e in data["episodes"]} == recorded[1].keys()
    assert [curve["title"] for curve in data["curves"]] == ["reward", "success"]
    assert all(picture["src"].startswith("data:image/webp") for picture in data["pictures"])


def test_a_picture_that_many_show_is_there_once(page):
    data = data_of(page.read_text())
    shown = {e["source"] for e in data["episodes"]}
    assert len(shown) == 3  # Two policies, three tasks.
    assert len({picture["src"] for picture in data["pictures"]}) == len(data["pictures"])


class Addresses(HTMLParser):
    """Collects what a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href")]


def test_nothing_is_loaded_from_elsewhere(page):
    text = page.read_text()
    parser = Addresses()
    parser.feed(text)
    assert not parser.found
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    assert "url(" not in style and "@import" not in style


def test_words_of_users_cannot_end_the_script(recorded):
    recordings = read_recordings(recorded[0])
    recordings[0].episodes[0]["instruction"] = "</script><script>alert(1)</script>"
    text = make_page(recordings)
    assert data_of(text)["episodes"][0]["instruction"].startswith("</script>")
    assert text.count("</script>") == 2


def test_the_title_is_escaped(page):
    assert "<title>A &amp; &lt;b></title>" in page.read_text()


def test_an_outline_fits_its_mask():
    mask = np.zeros((40, 50), np.uint8)
    mask[10:30, 5:25] = 255
    mask[15:20, 10:15] = 0
    numbers = np.array(re.findall(r"[\d.]+", outline(mask)), float).reshape(-1, 2)
    assert outline(mask).count("M") == 2
    assert (
        np.abs(numbers.min(0) - (5, 10)).max() < 1 and np.abs(numbers.max(0) - (25, 30)).max() < 1
    )
    assert outline(np.zeros((8, 8), np.uint8)) == ""


def test_long_curves_are_thinned_and_cut_lines_left_out(tmp_path):
    lines = [json.dumps({"step": n, "reward": n, "note": "x"}) for n in range(5000)]
    (tmp_path / "sft").mkdir()
    (tmp_path / "sft" / "curve.jsonl").write_text("\n".join([*lines, '{"step": 5000, "rew']))
    (curve,) = read_curves(tmp_path)
    assert curve["title"] == "sft: reward" and curve["axis"] == "step"
    assert len(curve["points"]) <= MOST_POINTS + 1
    assert curve["points"][0] == [0, 0] and curve["points"][-1] == [4999, 4999]


def test_the_command(recorded, tmp_path, capsys):
    assert main(["view", str(recorded[0]), "--out", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").stat().st_size > 20_000
    assert main(["view", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("editenv view: folder=")
