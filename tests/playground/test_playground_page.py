"""The playground's page in headless Chromium, through a whole edit. Needs the extra ``play``.

Gradio wants Pillow below 13, ``constraints.txt`` has 13: so the extra is no part of ``dev``. In an
environment with it, pytest, hypothesis and playwright: ``python -m pytest tests/playground``.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

pytest.importorskip("gradio", reason="the extra play is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 120.0


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "editenv", "play", "--port", str(port)]
    served = subprocess.Popen(command)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(int(PATIENCE)):
            time.sleep(1.0)
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                assert served.poll() is None
        yield address
    finally:
        served.terminate()
        served.wait()


@pytest.fixture(params=[1440, 390], ids=["desktop", "phone"])
def page(request, address):
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None or not os.path.exists(found):
        pytest.skip(f"no browser: none of {BROWSERS}")
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": request.param, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        outside = []
        page.on("request", lambda asked: outside.append(asked.url))
        page.goto(address)
        yield page
        browser.close()
        local = (address, "data:", "blob:")
        assert not [url for url in outside if not url.startswith(local)], "it needs no network"


def rows(page, count):
    """Wait until so many calls are told of, and return their words."""
    page.wait_for_function(f"document.querySelectorAll('#calls tbody tr').length == {count}")
    return [row.inner_text() for row in page.locator("#calls tbody tr").all()]


def test_a_whole_edit_by_hand_and_by_a_policy(page):
    page.click("#open-task")
    picture = page.wait_for_selector("#canvas img")
    page.wait_for_function("document.querySelector('#said').innerText.includes('not done')")
    before = picture.get_attribute("src")
    place = picture.bounding_box()
    picture.click(position={"x": place["width"] * 0.5, "y": place["height"] * 0.55})
    page.wait_for_function(f"document.querySelector('#canvas img').src != {before!r}")
    page.click("#apply")
    (call,) = rows(page, 1)
    assert "hand" in call and "recolour" in call and "whole picture" not in call
    page.click("#undo")
    assert "undo" in rows(page, 2)[1]
    page.click("#step")
    assert "pipeline" in rows(page, 3)[2]
    with page.expect_download() as download:
        page.click("#json")
    calls = json.loads(open(download.value.path()).read())["calls"]
    assert [call["tool"] for call in calls][:2] == ["recolour", "undo"]
    page.click("#png")
    assert page.evaluate("document.body.scrollWidth <= window.innerWidth + 1")


def test_what_is_not_there_is_said(page):
    page.click("#apply")
    page.wait_for_selector("text=Open a task or a photo first.")
