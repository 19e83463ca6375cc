"""Edits as Camera Raw files: what is written, what comes back, what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editenv.develop import Sliders
from editenv.develop.sliders import RANGES
from editenv.develop.xmp import MOST_BYTES, TAGS, lost, read_xmp, rounded, write_xmp

WIDTH, HEIGHT = 300, 200

numbers = st.fixed_dictionaries(
    {}, optional={name: st.floats(low, high) for name, (low, high, _, _) in RANGES.items()}
)
curves = st.lists(st.tuples(st.integers(1, 254), st.integers(0, 255)), max_size=8).map(
    lambda points: ((0, 0), *((float(x), float(y)) for x, y in dict(points).items()), (255, 255))
)


def box(edges):
    left, top, wide, high = edges
    return left, top, min(left + wide, 1.0), min(top + high, 1.0)


boxes = st.tuples(*[st.floats(0, 0.6), st.floats(0, 0.6)] + [st.floats(0.1, 0.4)] * 2).map(box)


@settings(max_examples=150, deadline=None)
@given(values=numbers, curve=curves, crop=boxes, rotate=st.integers(0, 3))
def test_an_edit_comes_back(values, curve, crop, rotate):
    curve = tuple(sorted(curve))
    sliders = Sliders(**values, curve=curve, crop=crop, rotate=rotate)
    reading = read_xmp(write_xmp(sliders, WIDTH, HEIGHT))
    assert reading.ignored == () and reading.cut in ((), CROP)
    wanted = rounded(sliders)
    for name in TAGS:
        assert getattr(reading.sliders, name) == getattr(wanted, name), name
    assert reading.sliders.curve == wanted.curve and reading.sliders.rotate == rotate
    assert reading.sliders.straighten == pytest.approx(wanted.straighten, abs=1e-6)
    assert reading.sliders.crop == pytest.approx(wanted.crop, abs=1e-5)


CROP = ("CropBottom", "CropLeft", "CropRight", "CropTop")


@settings(max_examples=50, deadline=None)
@given(values=numbers, curve=curves)
def test_what_was_rounded_once_comes_back_exactly(values, curve):
    values.pop("straighten", None)
    sliders = rounded(Sliders(**values, curve=tuple(sorted(curve))))
    assert read_xmp(write_xmp(sliders, WIDTH, HEIGHT)).sliders == sliders
    assert lost(sliders) == {}


def test_nothing_is_lost_without_its_name():
    sliders = Sliders(exposure=1.0, resize=800, curve=((0, 0), (60.5, 50), (255, 255)))
    assert set(lost(sliders)) == {"resize", "curve"}
    assert read_xmp(write_xmp(sliders, WIDTH, HEIGHT)).sliders == replace(
        rounded(sliders), resize=0
    )


def test_every_slider_has_a_tag_or_a_reason():
    geometry = {"curve", "rotate", "straighten", "crop"}
    assert set(Sliders.__dataclass_fields__) == set(TAGS) | geometry | {"resize"}


def test_a_straightened_crop_is_written_by_its_corners():
    """As darktable reads it: turn both corners about the middle, by the angle."""
    import math

    text = write_xmp(Sliders(straighten=10.0, crop=(0.2, 0.1, 0.6, 0.8)), WIDTH, HEIGHT)
    found = {k: float(v) for k, v in _attributes(text).items() if k.startswith("Crop")}
    assert found["CropAngle"] == -10.0
    angle = math.radians(found["CropAngle"])
    corners = []
    for side, end in (("Left", "Top"), ("Right", "Bottom")):
        x = (found[f"Crop{side}"] - 0.5) * WIDTH
        y = (found[f"Crop{end}"] - 0.5) * HEIGHT
        corners.append(
            (x * math.cos(angle) + y * math.sin(angle), -x * math.sin(angle) + y * math.cos(angle))
        )
    (left, top), (right, bottom) = corners
    assert (right - left) / (bottom - top) == pytest.approx(0.4 * WIDTH / (0.7 * HEIGHT))
    assert left < right and top < bottom


def _attributes(text):
    import re

    return dict(re.findall(r'crs:(\w+)="([^"]*)"', text))


OTHERS = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    crs:Exposure2012="+0.75" crs:Dehaze="+10" crs:Sharpness="400" crs:HasCrop="False">
   <crs:Contrast2012>-12</crs:Contrast2012>
   <crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 10</rdf:li><rdf:li>255, 250</rdf:li></rdf:Seq>
   </crs:ToneCurvePV2012>
   <crs:Look><rdf:Description crs:Name="Adobe Color" crs:Contrast2012="90"/></crs:Look>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def test_files_of_other_editors_are_read_and_what_is_left_out_is_named():
    sliders, ignored, cut = read_xmp(OTHERS)
    assert sliders == Sliders(
        exposure=0.75, contrast=-12, sharpening=150, curve=((0, 10), (255, 250))
    )
    assert ignored == ("Dehaze", "Look") and cut == ("Sharpness",)
    assert read_xmp(OTHERS.encode("utf-16")).sliders == sliders


ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]>' + OTHERS.partition("\n")[2].replace("-12", "&b;")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ENTITIES, "document type"),
        (ENTITIES.encode("utf-16"), "document type"),
        ("", "no XMP packet"),
        ("<a>", "no XMP packet"),
        ("<a/>", "no rdf:Description"),
        (" " * (MOST_BYTES + 1), "bytes"),
        (OTHERS.replace("+0.75", "much"), "Exposure2012='much'"),
        (OTHERS.replace("+0.75", "nan"), "Exposure2012='nan'"),
        (OTHERS.replace("0, 10", "0"), "ToneCurvePV2012"),
        (OTHERS.replace("0, 10", "5, 10"), "curve="),
    ],
)
def test_what_is_no_packet_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_xmp(text)


def test_a_size_of_nothing_is_refused():
    with pytest.raises(ValueError, match="width=0"):
        write_xmp(Sliders(), 0, 10)
