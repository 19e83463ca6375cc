"""Which pictures are opened at all."""

import io
import json

import numpy as np
import pytest
from editenv_policies.photo.picture import PhotoError, load_photo
from PIL import EpsImagePlugin, Image, features

from editenv.imaging.opening import FORMATS, PictureRefused, open_picture
from editenv.material import load_folder_cutouts
from editenv.models.remote.pictures import picture
from editenv.models.remote.reply import ProblemError
from editenv.tasks.folder import FolderTasks, TaskFolderError
from editenv.tasks.pictures import ImageRefused, read_image, read_mask

EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 40 40
%%EndComments
0 0 40 40 rectfill
%%EOF
"""
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)


def saved(kind, image=None):
    stream = io.BytesIO()
    (image or Image.fromarray(PIXELS)).save(stream, kind)
    return stream.getvalue()


def as_task(path):
    line = {"source": path.name, "instruction": "x"}
    (path.parent / "tasks.jsonl").write_text(json.dumps(line))
    return FolderTasks(path.parent)


def as_cutout(path):
    (path.parent / "cutouts.csv").write_text(f"file,name\n{path.name},mug\n")
    return load_folder_cutouts(path.parent)


PLACES = {
    "a task folder": (as_task, TaskFolderError),
    "a photo": (load_photo, PhotoError),
    "cut-outs": (as_cutout, ValueError),
    "bytes in a row": (lambda path: read_image(path.read_bytes(), 40, 40, 10**6), ImageRefused),
    "a mask in a row": (lambda path: read_mask(path.read_bytes(), 40, 40, 10**6), ImageRefused),
    "a reply": (lambda path: picture(path.read_bytes(), 10**6), ProblemError),
}


@pytest.mark.parametrize("name", ["picture.eps", "picture.png"])
@pytest.mark.parametrize("place", PLACES)
def test_postscript_runs_nowhere(place, name, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *given, **more: started.append(1))
    path = tmp_path / name
    path.write_bytes(EPS)
    read, error = PLACES[place]
    with pytest.raises(error, match="no readable image: accepted are"):
        read(path)
    assert not started


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_opened(kind, tmp_path):
    if kind == "WEBP" and not features.check("webp"):
        pytest.skip("this Pillow has no WebP")
    path = tmp_path / "picture.any"
    path.write_bytes(saved(kind))
    for file in (path, path.read_bytes()):
        with open_picture(file, 1600) as opened:
            assert (opened.format, opened.size) == (kind, (40, 40))
        with pytest.raises(PictureRefused, match="40 x 40 pixels, more than the limit of 1599"):
            open_picture(file, 1599)
    with pytest.raises(PictureRefused, match="accepted are XBM"):
        open_picture(path, 1600, ("XBM",))


@pytest.mark.parametrize("kind", ["ICO", "TGA", "PCX", "SGI", "JPEG2000", "DDS"])
def test_what_is_not_opened(kind):
    with pytest.raises(PictureRefused, match="accepted are PNG, JPEG"):
        open_picture(saved(kind), 10**6)


def without(data, kind):
    """A PNG without its chunks of a kind."""
    start = data.index(kind) - 4
    length = int.from_bytes(data[start : start + 4], "big")
    return data[:start] + data[start + 12 + length :]


@pytest.mark.parametrize("read", [read_image, read_mask])
def test_a_palette_that_is_missing_is_damage(read):
    data = without(saved("PNG", Image.fromarray(PIXELS).convert("P")), b"PLTE")
    try:
        assert read(data, 40, 40, 10**6).dtype == np.uint8
    except ImageRefused as error:
        assert "damaged" in str(error)
