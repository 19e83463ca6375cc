"""The grounder of the main subject: with a network that stands for U²-Net, and the real one."""

import pickle
from importlib import metadata

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled

from editenv.grounders import make_grounder
from editenv.models.grounders import subject
from editenv.types import EditTask

onnx = pytest.importorskip("onnx")


def network(path, scale):
    """Write a network that takes what is red for the subject, with at most ``scale``."""
    helper = onnx.helper
    kind = onnx.TensorProto.FLOAT
    weights = np.zeros((1, 3, 1, 1), np.float32)
    weights[0, 0], weights[0, 1] = scale, -scale
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        "stub",
        [helper.make_tensor_value_info("x", kind, [1, 3, 320, 320])],
        [helper.make_tensor_value_info("y", kind, [1, 1, 320, 320])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def photo():
    image = np.full((60, 90, 3), 100, np.uint8)
    image[20:40, 30:60] = (255, 0, 0)
    return image


def test_the_subject_and_the_background_are_proposed(tmp_path):
    grounder = make_grounder(f"subject:{network(tmp_path / 'n.onnx', 0.25)}")
    regions = grounder.propose(EditTask(photo(), "x"), np.random.default_rng(0), 5)
    found = {region.label: region for region in regions if region is not None}
    assert set(found) == {"whole image", "main subject", "background"}
    left, top, right, bottom = found["main subject"].box
    np.testing.assert_allclose((left, top, right, bottom), (30, 20, 60, 40), atol=1)
    np.testing.assert_array_equal(found["background"].mask, 255 - found["main subject"].mask)
    again = pickle.loads(pickle.dumps(grounder))
    np.testing.assert_array_equal(again.find(photo()), found["main subject"].mask)


def test_where_nothing_stands_out_nothing_is_proposed(tmp_path):
    grounder = subject.SubjectGrounder(network(tmp_path / "n.onnx", 0.1))
    assert grounder.find(photo()) is None
    regions = grounder.propose(EditTask(photo(), "x"), np.random.default_rng(0), 3)
    assert regions[1:] == (None, None)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(subject.metadata, "distribution", missing)
    with pytest.raises(DependencyNotInstalled, match="--no-deps"):
        make_grounder("subject")


def test_other_weights_are_refused(monkeypatch, tmp_path):
    class Package:
        def locate_file(self, name):
            return network(tmp_path / "n.onnx", 0.2)

    monkeypatch.setattr(subject.metadata, "distribution", lambda name: Package())
    with pytest.raises(ValueError, match="does not hold the weights of version"):
        make_grounder("subject")
    with pytest.raises(ValueError, match="does not exist"):
        make_grounder("subject:nowhere.onnx")


def test_the_real_network_finds_the_cup():
    data = pytest.importorskip("skimage.data")
    try:
        grounder = make_grounder("subject")
    except DependencyNotInstalled as error:
        pytest.skip(str(error))
    mask = grounder.find(data.coffee())
    assert mask[150, 290] > 200  # in the cup
    assert mask[380, 30] < 50  # on the table
