"""``editenv edit``, from the command line to the files that it writes."""

from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from editenv.cli import main


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


CUP = "--region=40,5,65,65=cup"


def told(report):
    """What each call did, in short."""
    return [
        {name: round(value, 2) for name, value in call["sliders"].items()}
        if call["sliders"]
        else f"{call['tool']} {call['option']}"
        for call in report["calls"]
    ]


# Done


@pytest.mark.parametrize(
    ("instruction", "calls"),
    [
        ("make it warmer and a bit brighter", [{"exposure": 0.3, "temperature": 30}]),
        ("it's far too dark", [{"exposure": 1.2}]),
        ("sharpen it", [{"sharpening": 60}]),
        ("black and white, please", [{"saturation": -100}]),
        ("mirror it and add contrast", ["flip horizontal", {"contrast": 30}]),
        ("crop it and add contrast", [{"contrast": 30}, {"crop": [0.12, 0.12, 0.88, 0.88]}]),
        ("remove the noise", [{"noise_luminance": 40, "noise_colour": 40}]),
    ],
)
def test_the_whole_photo(run, photo, instruction, calls):
    code, report, result = run(instruction)
    for call in report["calls"]:
        if call["sliders"] and "crop" in call["sliders"]:
            call["sliders"] = {"crop": Shares(call["sliders"]["crop"])}
    assert code == 0
    assert report["status"] == "done"
    assert told(report) == calls
    assert all(call["changed"] > 0 for call in report["calls"])
    assert report["not_done"] == []
    assert report["written"] == [str(photo.parent / "coffee-edited.png")]
    assert result.shape == ((76, 112, 3) if "crop" in instruction else (100, 150, 3))


class Shares(list):
    """Shares that can be rounded."""

    def __round__(self, digits):
        return [round(value, digits) for value in self]


def test_brighter_is_brighter_and_warmer_is_warmer(run, photo):
    before = pixels(photo).mean(axis=(0, 1))
    assert run("brighter")[2].mean() > before.mean() + 10
    red, _, blue = run("warmer")[2].mean(axis=(0, 1)) - before
    assert red > blue + 5


def test_amounts_are_honoured(run):
    light = [run(f"{how} brighter")[1]["calls"][0]["sliders"]["exposure"] for how in
             ("slightly", "", "much", "one stop", "20 %")]  # fmt: skip
    assert light == pytest.approx([0.3, 0.6, 1.2, 1.0, np.log2(1.2)])
    assert run("reduce saturation by 20 %")[1]["calls"][0]["sliders"] == {"saturation": -20}
    assert run("contrast +15")[1]["calls"][0]["sliders"] == {"contrast": 15}


def test_an_amount_that_is_not_honoured_is_said(run):
    _, report, _ = run("blur the cup by 30 %", CUP)
    assert report["calls"][0]["remark"] == "blur knows no amounts: it was done as 'soft'"
    _, report, _ = run("saturation +300")
    assert report["calls"][0]["remark"] == "saturation goes no further than 100"


def test_a_thing_in_a_box_is_changed_and_nothing_else(run, photo):
    code, report, result = run("remove the cup", CUP)
    assert code == 0
    (call,) = report["calls"]
    assert call["tool"] == "remove_texture"
    assert call["region"]["label"] == "cup"
    assert call["intents"] == [{"action": "remove", "subject": "cup", "goal": "fill", "spared": []}]
    changed = np.argwhere((result != pixels(photo)).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    assert top >= 0
    assert left >= 38
    assert bottom <= 72
    assert right <= 107


def test_all_of_an_exact_box_is_meant(run, photo):
    code, report, result = run("pixelate the badge", "--box", "10,20,30,40=badge")
    assert code == 0
    assert report["calls"][0]["region"]["box"] == [10, 20, 40, 60]
    outside = np.ones((100, 150), bool)
    outside[20:60, 10:40] = False
    np.testing.assert_array_equal(result[outside], pixels(photo)[outside])


def test_a_rival_that_is_named_is_preferred_also_to_sliders(run):
    _, report, _ = run("remove the cup", CUP, "--tool", "remove_mean")
    assert report["calls"][0]["tool"] == "remove_mean"
    _, report, _ = run("much more contrast", "--tool", "contrast")
    assert told(report) == ["contrast much punchier"]


def test_the_background_is_what_the_boxes_leave_over(run, photo):
    code, report, result = run("blur the background", CUP)
    assert code == 0
    assert report["calls"][0]["region"]["label"] == "background"
    assert (result[90:, 120:] != pixels(photo)[90:, 120:]).any()


def test_nameless_things_are_found_by_colour_and_place(run):
    label = run("brighter", "--dry-run")[1]["regions"][0]
    code, report, _ = run(f"make the {label} darker")
    assert code == 0
    assert report["calls"][0]["region"]["label"] == label


def test_a_square_is_square_and_a_crop_can_be_about_a_thing(run):
    _, _, result = run("crop to a square")
    assert result.shape == (100, 100, 3)
    _, report, result = run("crop to a square around the spoon", "--box", "120,20,20,20=spoon")
    assert result.shape == (100, 100, 3)
    assert report["calls"][0]["sliders"]["crop"] == pytest.approx([1 / 3, 0, 1, 1])


def test_turning_and_resizing(run, photo):
    _, _, result = run("rotate it by 90 degrees to the left")
    np.testing.assert_array_equal(result, np.rot90(pixels(photo)))
    assert run("resize it to 75 pixels")[2].shape == (50, 75, 3)
    assert run("straighten it by 2 degrees")[1]["calls"][0]["sliders"] == {"straighten": 2.0}


# Not done


def test_what_is_not_found_is_said_and_nothing_is_written(run, say, photo):
    code, report, result = run("remove the dog")
    assert code == 3
    assert report["status"] == "refused"
    assert report["not_done"] == [
        {
            "words": "remove the dog",
            "reason": "I could not find 'dog': draw a box around it: --region X,Y,W,H=dog; or, "
            "where it is what the photo is about, add --grounder subject",
        }
    ]
    assert result is None
    code, said = say("remove the dog")
    assert code == 3 and said.splitlines()[0] == f"{photo}: refused"
    assert [file.name for file in photo.parent.iterdir()] == ["coffee.png"]


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("rotate it", "say by how much, such as 'rotate it by 90 degrees to the left'"),
        ("make it look like a van gogh", "I do not understand this; the nearest thing I can do is"),
        ("brighten the sky", "I could not find 'sky'"),
        ("make it green", "say what is to be green"),
        ("blur the background", "I cannot tell the background"),
        ("replace the cup with a kitten", "I do not have that; the nearest I have is"),
        ("fix the lighting", "say which way"),
        ("crop it to 3:2", "it has that shape already"),
        ("sharpen it by two stops", "sharpening is not measured in stops"),
        ("darken it by 100 %", "brightness is measured in stops, or in less than 100 per cent"),
        ("straighten it by 60 degrees", "I straighten by 45 degrees at most"),
        ("crop 120 % off the left", "a crop takes off less than 100 per cent"),
        ("set the saturation of it to 30 %", "say which way"),
        ("saturation up to 30 %", "say by how much"),
        ("remove the jpeg artefacts from the cup", "works on the whole photo only"),
        ("sharpen everything except the dog", "I could not find 'dog'"),
        ("straighten the cup", "is done to the whole photo"),
        ("crop to a square, but not the cup", "'crop' is done to the whole photo"),
    ],
)
def test_what_is_refused_is_refused_in_one_sentence(run, instruction, reason):
    code, report, result = run(instruction, CUP) if "the cup" in instruction else run(instruction)
    assert code == 3
    assert len(report["not_done"]) == 1
    assert reason in report["not_done"][0]["reason"]
    assert len(report["not_done"][0]["reason"]) < 170
    assert result is None
    assert all(call["changed"] == 0 for call in report["calls"])


def test_who_asks_for_nothing_is_told_so(say):
    code, said = say("thank you")
    assert code == 3
    assert "Nothing was asked for: say what to do" in said


def test_a_part_is_done(run, say):
    code, report, result = run("make it brighter and remove the dog and rotate it")
    assert code == 4
    assert report["status"] == "partly done"
    assert [row["words"] for row in report["not_done"]] == ["remove the dog", "rotate it"]
    assert result is not None
    assert say("make it brighter and remove the dog and rotate it")[1].count("NOT DONE") == 2


def test_an_edit_that_changes_nothing_is_not_called_done(run, tmp_path):
    grey = tmp_path / "grey.png"
    Image.new("L", (60, 40), 90).save(grey)
    code, report, _ = run("make it black and white", path=grey)
    assert code == 3
    assert report["not_done"][0]["reason"] == "it changed nothing"
    assert "a grey picture: it has no colours to change" in report["notes"]


def test_a_name_that_fits_several_things_is_not_guessed(run):
    code, report, _ = run(
        "make the cup blue", "--box", "40,5,30,30=tea cup", "--box", "90,5,30,30=coffee cup"
    )
    assert code == 3
    assert "'cup' could be 'tea cup' or 'coffee cup': say which" in report["not_done"][0]["reason"]


# Files


def test_no_file_is_overwritten(run, photo):
    names = [run("brighter")[1]["written"] for _ in range(3)]
    assert [name[0][len(str(photo.parent)) + 1 :] for name in names] == [
        "coffee-edited.png",
        "coffee-edited-2.png",
        "coffee-edited-3.png",
    ]


def test_a_folder_is_edited_photo_by_photo(capsys, photo, tmp_path):
    (photo.parent / "notes.txt").write_text("no photo")
    Image.new("RGB", (40, 30), (90, 60, 20)).save(photo.parent / "b.jpg")
    out = tmp_path / "out"
    (tmp_path / "twin").mkdir()
    Image.new("RGB", (40, 30), (9, 60, 20)).save(tmp_path / "twin" / "b.jpg")
    words = [str(photo.parent), str(tmp_path / "twin" / "b.jpg"), "brighter", "--out", str(out)]
    assert main(["edit", *words, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["written"][0].rpartition("/")[2] for row in rows] == [
        "b-edited.jpg",
        "coffee-edited.png",
        "b-edited-2.jpg",
    ]
    assert main(["edit", str(photo.parent), "brighter"]) == 0
    assert main(["edit", str(photo.parent), "brighter"]) == 0
    assert not list(photo.parent.glob("*-edited-edited*"))


def test_a_folder_without_a_photo_and_one_where_a_photo_should_be(say, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    code, said = say("brighter", path=empty)
    assert code == 2
    assert said == f"editenv edit: {str(empty)!r} is a folder without a photo in it\n"


def test_of_several_photos_some_came_out(capsys, photo, tmp_path):
    (tmp_path / "text.png").write_text("hello")
    assert main(["edit", str(photo), str(tmp_path / "text.png"), "brighter"]) == 4
    said = capsys.readouterr()
    assert "coffee.png: done" in said.out
    assert "'text.png' is no readable image" in said.err


def test_a_dry_run_says_what_would_be_done(run, say, photo):
    code, report, _ = run("make it warmer and remove the dog", "--dry-run")
    assert code == 4
    assert told(report) == [{"temperature": 30}, "None None"]
    assert report["calls"][0]["changed"] == 0.0
    code, said = say("make it warmer", "--dry-run", "--preview", "--xmp")
    assert code == 0
    assert "planned\n1. temperature +30, on the whole photo\nthings at hand: " in said
    assert [file.name for file in photo.parent.iterdir()] == ["coffee.png"]


def test_a_preview_shows_before_and_after(run, photo):
    _, report, _ = run("make it much darker", "--preview")
    assert report["written"][1].endswith("coffee-edited-preview.png")
    strip = pixels(report["written"][1])
    before, after = strip[20:100, 20:150], strip[20:100, 180:310]
    assert before.mean() > after.mean() + 20


def test_sliders_are_written_for_other_editors(run, photo):
    from editenv.develop.xmp import read_xmp

    _, report, _ = run("make it warmer, one stop brighter, and crop it to a square", "--xmp")
    sliders = read_xmp((photo.parent / "coffee-edited.xmp").read_text()).sliders
    assert (sliders.temperature, sliders.exposure) == (30.0, 1.0)
    assert sliders.crop == pytest.approx((1 / 6, 0, 5 / 6, 1), abs=1e-4)
    assert len(report["written"]) == 2


def test_what_is_no_slider_is_not_written_for_other_editors(say, photo):
    _, said = say("make it warmer and mirror it", "--xmp")
    assert f"no .xmp for {photo}: only sliders of the whole photo fit in" in said
    _, said = say("resize it to 75 pixels", "--xmp")
    assert "has no resize: crs has no tag for the size of the export" in said
    assert len(list(photo.parent.glob("*.xmp"))) == 1


# Photos of all kinds


def exif_of(path):
    with Image.open(path) as picture:
        exif = picture.getexif()
        return dict(exif), dict(exif.get_ifd(0x8825))


def test_exif_is_kept_but_for_the_orientation_and_can_be_left_out(run, tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    path = tmp_path / "turned.jpg"
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, :40] = 200
    Image.fromarray(wide).save(path, exif=exif, quality=95)
    _, report, result = run("brighter", path=path)
    assert report["size"] == {"width": 40, "height": 80}
    assert result.shape == (80, 40, 3)
    assert result[:30].mean() > result[50:].mean() + 100
    kept, place = exif_of(report["written"][0])
    assert kept[0x010F] == "a camera" and 0x0112 not in kept and place == {1: "N"}
    _, report, _ = run("brighter", "--no-exif", path=path)
    assert exif_of(report["written"][0]) == ({}, {})


def test_boxes_are_in_the_pixels_of_the_upright_file_also_at_another_size(run):
    _, report, result = run("pixelate the x", "--box", "60,50,30,20=x", "--size", "75")
    assert report["size"] == {"width": 75, "height": 50}
    assert report["calls"][0]["region"]["box"] == [30, 25, 45, 35]
    assert "worked on at 75 x 50; the file has 150 x 100" in report["notes"]
    assert result.shape == (50, 75, 3)


def test_alpha_cmyk_and_palette_pictures(run, tmp_path):
    Image.new("RGBA", (60, 40), (200, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("CMYK", (60, 40), (0, 200, 200, 0)).save(tmp_path / "cmyk.jpg")
    Image.new("RGB", (60, 40), (90, 60, 20)).convert("P").save(tmp_path / "palette.gif")
    notes = {
        "clear.png": ["transparent parts lie over white in the result"],
        "cmyk.jpg": ["CMYK becomes RGB"],
        "palette.gif": [],
    }
    for name, said in notes.items():
        code, report, result = run("much darker", path=tmp_path / name)
        assert code == 0, name
        assert report["notes"] == said
        assert result.shape == (40, 60, 3)
    assert run("darker", path=tmp_path / "clear.png")[2][0, 0, 0] < 250


def test_an_opaque_animation_has_no_false_note(run, tmp_path):
    frames = [Image.new("RGB", (60, 40), (90, 10 * n, 20)) for n in range(3)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    _, report, _ = run("brighter", path=tmp_path / "a.webp")
    assert report["notes"] == ["only the first of 3 frames is edited"]


def deep_picture(path):
    """Write a 16-bit gradient that 8 bits cannot hold."""
    import cv2

    steps = np.linspace(10_000, 14_000, 600).astype(np.uint16)
    deep = np.repeat(np.broadcast_to(steps, (40, 600))[..., None], 3, axis=2).copy()
    deep[..., 2] += 200
    cv2.imwrite(str(path), deep[..., ::-1])
    return deep


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_16_bits_are_kept(run, tmp_path, name):
    from editenv_policies.photo.picture import load_photo

    deep = deep_picture(tmp_path / name)
    np.testing.assert_array_equal(load_photo(tmp_path / name).pixels, deep)
    code, report, _ = run("make it one stop brighter", path=tmp_path / name)
    assert (code, report["bits"], report["notes"]) == (0, 16, [])
    result = load_photo(tmp_path / "deep-edited.png").pixels
    assert result.dtype == np.uint16
    assert len(np.unique(result[..., 0])) > 500
    assert (result.astype(int) > deep.astype(int) + 2000).all()


def test_a_tool_of_8_bits_says_so_and_leaves_the_rest(run, tmp_path):
    from editenv_policies.photo.picture import load_photo

    deep = deep_picture(tmp_path / "deep.png")
    _, report, _ = run("pixelate the x", "--box=100,10,20,20=x", path=tmp_path / "deep.png")
    assert report["calls"][0]["remark"] == "what pixelate changed has 8 bits"
    result = load_photo(tmp_path / "deep-edited.png").pixels
    np.testing.assert_array_equal(result[:, 200:], deep[:, 200:])


@pytest.mark.parametrize(("name", "bits"), [("p.png", 8), ("deep.png", 16)])
def test_a_colour_profile_is_kept(run, tmp_path, name, bits):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (60, 40), (90, 60, 20)).save(tmp_path / "p.png", icc_profile=profile)
    if bits == 16:
        from editenv.imaging.depth import write_deep

        write_deep(tmp_path / name, np.full((40, 60, 3), 9_001, np.uint16), profile, None)
    _, report, _ = run("brighter", path=tmp_path / name)
    assert report["bits"] == bits
    with Image.open(report["written"][0]) as picture:
        assert picture.info["icc_profile"] == profile


def huge_png():
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
    body = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", 0) + b"IDAT\0\0\0\0"


def test_what_is_no_photo(say, tmp_path):
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
        code, said = say("brighter", path=tmp_path / name)
        assert code == 2, name
        assert said.startswith("editenv edit: ")
        assert reason in said
        assert len(said.splitlines()) == 1


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
def test_wrong_arguments(say, more, reason):
    code, said = say("brighter", *more)
    assert code == 2
    assert reason in said


def test_an_empty_instruction_and_a_place_where_nothing_can_be_written(say, tmp_path):
    assert say(" ")[0] == 2
    (tmp_path / "file").write_text("in the way")
    code, said = say("brighter", "--out", str(tmp_path / "file" / "folder"))
    assert code == 2
    assert "cannot be written" in said
