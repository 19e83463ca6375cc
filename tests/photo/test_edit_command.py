"""examples/edit_photo.py, from the command line to the files that it writes."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


CUP = "--region=40,5,65,65=cup"


# Done


@pytest.mark.parametrize(
    ("instruction", "calls"),
    [
        ("make it warmer and a bit brighter", ["white_balance warmer", "brightness brighter"]),
        ("it's far too dark", ["brightness much brighter"]),
        ("sharpen it", ["sharpen gentle"]),
        ("black and white, please", ["saturation black and white"]),
        ("crop it and add contrast", ["crop centre", "contrast punchier"]),
        # At so small a size the coffee's reflections look like single wrong pixels.
        ("remove the noise", ["denoise_median light"]),
    ],
)
def test_the_whole_photo(run, photo, instruction, calls):
    code, said, report, result = run(instruction)
    assert code == 0
    assert report["status"] == "done"
    assert [f"{c['tool']} {c['option']}" for c in report["calls"]] == calls
    assert all(call["changed"] > 0 for call in report["calls"])
    assert report["not_done"] == []
    assert result.shape == (100, 150, 3)
    assert (result != pixels(photo)).any()
    assert (photo.parent / "coffee-steps.png").exists()
    assert "coffee-edited.png" in said


def test_brighter_is_brighter_and_warmer_is_warmer(run, photo):
    before = pixels(photo).mean(axis=(0, 1))
    assert run("brighter")[3].mean() > before.mean() + 10
    red, _, blue = run("warmer")[3].mean(axis=(0, 1)) - before
    assert red > blue + 5


def test_a_thing_in_a_box_is_changed_and_nothing_else(run, photo):
    code, _, report, result = run("remove the cup", CUP)
    assert code == 0
    (call,) = report["calls"]
    assert call["tool"] == "remove_texture"
    assert call["region"]["label"] == "cup"
    assert call["intent"] == {"action": "remove", "subject": "cup", "goal": "fill"}
    changed = np.argwhere((result != pixels(photo)).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    assert top >= 0
    assert left >= 38
    assert bottom <= 72
    assert right <= 107


def test_all_of_an_exact_box_is_meant(run, photo):
    code, _, report, result = run("pixelate the badge", "--box", "10,20,30,40=badge")
    assert code == 0
    assert report["calls"][0]["region"]["box"] == [10, 20, 40, 60]
    outside = np.ones((100, 150), bool)
    outside[20:60, 10:40] = False
    np.testing.assert_array_equal(result[outside], pixels(photo)[outside])


def test_a_rival_that_is_named_is_preferred(run):
    _, _, report, _ = run("remove the cup", CUP, "--tool", "remove_mean")
    assert report["calls"][0]["tool"] == "remove_mean"


def test_the_background_is_what_the_boxes_leave_over(run, photo):
    code, _, report, result = run("blur the background", CUP)
    assert code == 0
    assert report["calls"][0]["region"]["label"] == "background"
    assert (result[90:, 120:] != pixels(photo)[90:, 120:]).any()


def test_nameless_things_are_found_by_colour_and_place(run):
    _, said, _, _ = run("remove the dog")
    label = said.split("regions at hand: ")[1].split(",")[0]
    code, _, report, _ = run(f"make the {label} darker")
    assert code == 0
    assert report["calls"][0]["region"]["label"] == label


# Not done


def test_what_is_not_found_is_said_and_no_picture_pretends(run, photo):
    run("brighter")
    assert (photo.parent / "coffee-edited.png").exists()
    code, said, report, result = run("remove the dog")
    assert code == 3
    assert "I could not find 'dog'; regions at hand: " in said
    assert "--region X,Y,W,H=NAME" in said
    assert "Nothing was changed. Tools at hand: recolour," in said
    assert report["status"] == "nothing done"
    assert report["not_done"][0]["words"] == "remove the dog"
    assert result is None


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("rotate it", "no tool at hand does this"),
        ("make it look like a van gogh", "no tool at hand does this"),
        ("brighten the sky", "I could not find 'sky'"),
        ("make the sky warmer", "'white_balance' works on the whole photo only"),
        ("make it green", "say what is to be green"),
        ("blur the background", "I cannot tell the background"),
        ("replace the cup with a cat", "'replace' knows only"),
        ("fix the lighting", "say which way"),
        ("thank you", "Nothing was changed"),
    ],
)
def test_what_is_beyond_the_tools(run, instruction, reason):
    code, said, report, result = run(instruction)
    assert code == 3
    assert reason in said
    assert result is None
    assert all(call["changed"] == 0 for call in report["calls"])


def test_a_part_is_done(run):
    code, said, report, result = run("make it brighter and remove the dog and rotate it")
    assert code == 4
    assert report["status"] == "partly done"
    assert [row["words"] for row in report["not_done"]] == ["remove the dog", "rotate it"]
    assert said.count("NOT DONE") == 2
    assert result is not None


def test_an_edit_that_changes_nothing_is_not_called_done(run, tmp_path):
    grey = tmp_path / "grey.png"
    Image.new("L", (60, 40), 90).save(grey)
    code, said, _, _ = run("make it black and white", path=grey)
    assert code == 3
    assert "it changed nothing" in said
    assert "a grey picture: it has no colours to change" in said


def test_a_name_that_fits_several_things_is_not_guessed(run):
    code, said, _, _ = run(
        "make the cup blue", "--box", "40,5,30,30=tea cup", "--box", "90,5,30,30=coffee cup"
    )
    assert code == 3
    assert "'cup' could be 'tea cup' or 'coffee cup': say which" in said


# Photos of all kinds


def test_exif_orientation_is_honoured_and_nothing_private_is_kept(run, tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "secret camera"
    path = tmp_path / "turned.jpg"
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, :40] = 200
    Image.fromarray(wide).save(path, exif=exif, quality=95)
    _, _, report, result = run("brighter", path=path)
    assert report["size"] == {"width": 40, "height": 80}
    assert result.shape == (80, 40, 3)
    assert result[:30].mean() > result[50:].mean() + 100
    assert b"secret camera" not in (tmp_path / "turned-edited.jpg").read_bytes()


def test_boxes_are_in_the_pixels_of_the_upright_file_also_at_another_size(run, photo):
    _, _, report, result = run("pixelate the x", "--box", "60,50,30,20=x", "--size", "75")
    assert report["size"] == {"width": 75, "height": 50}
    assert report["calls"][0]["region"]["box"] == [30, 25, 45, 35]
    assert "worked on at 75 x 50; the file has 150 x 100" in report["notes"]
    assert result.shape == (50, 75, 3)


def test_alpha_cmyk_deep_and_palette_pictures(run, tmp_path):
    Image.new("RGBA", (60, 40), (200, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("CMYK", (60, 40), (0, 200, 200, 0)).save(tmp_path / "cmyk.jpg")
    deep = np.full((40, 60), 30_000, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.new("RGB", (60, 40), (90, 60, 20)).convert("P").save(tmp_path / "palette.gif")
    notes = {
        "clear.png": "transparent parts lie over white",
        "cmyk.jpg": "CMYK becomes RGB",
        "deep.png": "16-bit",
        "palette.gif": "",
    }
    for name, note in notes.items():
        code, said, _, result = run("much darker", path=tmp_path / name)
        assert code == 0, name
        assert note in said
        assert result.shape == (40, 60, 3)
    assert run("darker", path=tmp_path / "clear.png")[3][0, 0, 0] < 250


def test_a_colour_profile_is_kept(run, tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (60, 40), (90, 60, 20)).save(tmp_path / "p.png", icc_profile=profile)
    run("brighter", path=tmp_path / "p.png")
    with Image.open(tmp_path / "p-edited.png") as picture:
        assert picture.info["icc_profile"] == profile


def huge_png():
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", 0) + b"IDAT\0\0\0\0"


def test_what_is_no_photo(run, tmp_path):
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "huge.png").write_bytes(huge_png())
    Image.new("RGB", (8, 8)).save(tmp_path / "tiny.png")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:2000])
    for name, reason in {
        "nowhere.png": "there is no file",
        "text.png": "no readable image",
        "huge.png": "9000 x 9000 pixels, more than the limit",
        "tiny.png": "too small",
        "cut.png": "damaged",
    }.items():
        code, said, report, _ = run("brighter", path=tmp_path / name)
        assert code == 2, name
        assert said.startswith("edit_photo: ")
        assert reason in said
        assert not report


# Arguments


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--region", "1,2,3=x"], "must be X,Y,W,H=NAME"),
        (["--region", "1,2,3,4="], "must be X,Y,W,H=NAME"),
        (["--region", "500,2,3,4=x"], "lies outside of the photo, which is 150 x 100"),
        (["--size", "3"], "--size 3 must be at least 32"),
        (["--tool", "nothing"], "tool 'nothing' is unknown"),
        (["--no-classical"], "leaves no tool"),
        (["--grounder", "eyes"], "grounder='eyes'"),
        (["--interpreter", "me"], "choose 'scripted' or 'chat:MODEL'"),
        (["--policy", "nowhere.zip"], "is no model of Stable-Baselines3"),
        (["--policy", "x.zip", "--tool", "blur"], "--policy brings its own tools"),
    ],
)
def test_wrong_arguments(run, more, reason):
    code, said, report, _ = run("brighter", *more)
    assert code == 2
    assert reason in said
    assert not report


def test_an_empty_instruction_and_a_place_where_nothing_can_be_written(run, tmp_path):
    assert run(" ")[0] == 2
    (tmp_path / "file").write_text("in the way")
    code, said, _, _ = run("brighter", "--out", str(tmp_path / "file" / "folder"))
    assert code == 2
    assert "cannot be written" in said
