"""Models that the tests build, once a run."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install editenv[encoders]")
pytest.importorskip("transformers", reason="transformers is not installed")

from tiny_chat import NO_TEMPLATE, save_idefics3  # noqa: E402
from tiny_detectors import DETECTORS, sam, save  # noqa: E402
from trained_detector import save_trained  # noqa: E402

from policies.small_vlm.random_model import save_random  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def llava(tmp_path_factory):
    """A LLaVA with random weights that has a chat template."""
    folder = tmp_path_factory.mktemp("chat") / "llava"
    save_random(folder)
    return folder


@pytest.fixture(scope="session")
def idefics(tmp_path_factory):
    """An Idefics3 with random weights that has a chat template."""
    return save_idefics3(tmp_path_factory.mktemp("chat") / "idefics3")


@pytest.fixture(scope="session")
def untold(tmp_path_factory):
    """An Idefics3 without a chat template."""
    return save_idefics3(tmp_path_factory.mktemp("chat") / "untold", NO_TEMPLATE)


@pytest.fixture(scope="session")
def detectors(tmp_path_factory):
    """By name the folder of a detector with random weights."""
    folder = tmp_path_factory.mktemp("detectors")
    return {name: save(build, folder / name) for name, build in DETECTORS.items()}


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory):
    """The folder of a SAM with random weights."""
    return save(sam, tmp_path_factory.mktemp("sam") / "sam")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The folder of a detector that finds kites, apples and cups."""
    return save_trained(tmp_path_factory.mktemp("trained") / "owl")
