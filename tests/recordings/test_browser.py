"""The page in headless Chromium, offline: what a person sees and clicks."""

import os
import shutil
from contextlib import contextmanager

import pytest

from editenv.recordings.view import view

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


def launched(tools):
    """Start a browser of the system, or the one that playwright has installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None) or tools.chromium.executable_path
    if not os.path.exists(found):
        pytest.skip(f"no browser: none of {BROWSERS}, and no `playwright install chromium`")
    return tools.chromium.launch(executable_path=found, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as tools:
        started = launched(tools)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(recorded, tmp_path_factory):
    return view([recorded[0]], tmp_path_factory.mktemp("page") / "page.html").as_uri()


@contextmanager
def opened(browser, address, width=1440):
    """The page, which must raise no error and ask for nothing."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on(
        "request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None
    )
    page.goto(address)
    yield page
    context.close()
    assert not faults


@pytest.mark.parametrize("width", [1440, 390])
def test_everything_is_shown_and_nothing_is_wider_than_the_screen(
    browser, address, recorded, width
):
    with opened(browser, address, width) as page:
        assert page.locator(".task").count() == 6
        steps = sum(outcome.length for all_of in recorded[1].values() for outcome in all_of)
        assert page.locator("button.picture").count() == steps
        assert page.locator(".curve .trace").count() == 2
        assert page.locator(".badge.good").count() >= 3
        assert page.evaluate("document.documentElement.scrollWidth") == width
        broken = "[...document.images].filter((i) => i.complete && !i.naturalWidth).length"
        assert page.evaluate(broken) == 0


def test_filters(browser, address, recorded):
    missed = sum(not outcome.solved for outcome in recorded[1]["by chance"])
    with opened(browser, address) as page:
        page.select_option("#result", "missed")
        assert page.locator(".task").count() == missed
        page.select_option("#result", "")
        page.select_option("#policy", "oracle")
        assert page.locator(".task").count() == 3
        kind = page.locator(".plan b").first.inner_text()
        page.select_option("#kind", kind)
        shown = page.locator(".task")
        assert 1 <= shown.count() <= 3
        assert all(kind in text for text in page.locator(".plan").all_inner_texts())
        page.fill("#words", "no instruction has these words")
        assert page.locator(".none").is_visible() and shown.count() == 0


def test_two_policies_side_by_side(browser, address):
    with opened(browser, address) as page:
        page.select_option("#policy", "oracle")
        page.select_option("#beside", "by chance")
        assert page.locator(".task").count() == 3
        for task in page.locator(".task").all():
            assert task.locator(".run header strong").all_inner_texts() == ["oracle", "by chance"]
            left, right = (run.bounding_box() for run in task.locator(".run").all())
            assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"] + 1


def test_regions_masks_and_terms(browser, address):
    with opened(browser, address) as page:
        edge, stain = page.locator(".edge.bright").first, page.locator(".stain").first
        assert edge.is_visible() and not stain.is_visible()
        page.uncheck("#regions")
        page.check("#masks")
        assert stain.is_visible() and not edge.is_visible()
        page.select_option("#policy", "oracle")
        assert "submit\n+1.00" in page.locator(".frame:not(.end) .terms").last.inner_text()
        assert page.locator(".tick.done").count() > 0


def test_a_step_is_enlarged_and_the_arrows_go_on(browser, address):
    with opened(browser, address) as page:
        page.select_option("#policy", "oracle")
        page.locator("button.picture").first.click()
        title = page.locator("#zoom h2")
        assert title.inner_text().startswith("1. ")
        page.keyboard.press("ArrowRight")
        assert title.inner_text().startswith("2. ")
        page.keyboard.press("Escape")
        assert not page.locator("#zoom").is_visible()
