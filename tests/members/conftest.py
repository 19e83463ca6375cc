"""Models that the tests build, once a run."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") and find_spec("transformers") else ["test_*.py"]
"""Everything here needs ``pip install editenv[encoders]``."""

KEPT = []


def keep(kind, folder):
    """Load a model and hold it, so that not every test loads it again."""
    from editenv.models.pretrained import Pretrained

    KEPT.append(Pretrained(kind, folder))
    _ = KEPT[-1].model
    return folder


@pytest.fixture(scope="session", autouse=True)
def small_model():
    """One thread for all models; the project's own stays loaded."""
    import torch
    from editenv_policies.small_vlm import model_folder

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    keep("ImageTextToText", model_folder())
    yield
    KEPT.clear()
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def llava(tmp_path_factory):
    """A LLaVA with random weights that has a chat template."""
    from editenv_policies.small_vlm.random_model import save_random

    folder = tmp_path_factory.mktemp("chat") / "llava"
    save_random(folder)
    return keep("ImageTextToText", folder)


@pytest.fixture(scope="session")
def idefics(tmp_path_factory):
    """An Idefics3 with random weights that has a chat template."""
    from tiny_chat import save_idefics3

    folder = save_idefics3(tmp_path_factory.mktemp("chat") / "idefics3")
    return keep("ImageTextToText", folder)


@pytest.fixture(scope="session")
def untold(tmp_path_factory):
    """An Idefics3 without a chat template."""
    from tiny_chat import NO_TEMPLATE, save_idefics3

    return save_idefics3(tmp_path_factory.mktemp("chat") / "untold", NO_TEMPLATE)


@pytest.fixture(scope="session")
def detectors(tmp_path_factory):
    """By name the folder of a detector with random weights."""
    from tiny_detectors import DETECTORS, save

    folder = tmp_path_factory.mktemp("detectors")
    saved = {name: save(build, folder / name) for name, build in DETECTORS.items()}
    return {name: keep("ZeroShotObjectDetection", where) for name, where in saved.items()}


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory):
    """The folder of a SAM with random weights."""
    from tiny_detectors import sam, save

    return keep("MaskGeneration", save(sam, tmp_path_factory.mktemp("sam") / "sam"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The folder of a detector that finds kites, apples and cups."""
    from trained_detector import save_trained

    folder = save_trained(tmp_path_factory.mktemp("trained") / "owl")
    return keep("ZeroShotObjectDetection", folder)
