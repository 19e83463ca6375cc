"""Edits as Camera Raw XMP (``crs``), which other photo editors read and write."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from editenv.develop.crop_corners import from_corners, to_corners
from editenv.develop.sliders import COLOURS, RANGES, STRAIGHT, WHOLE, Box, Curve, Sliders

CRS = "http://ns.adobe.com/camera-raw-settings/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TIFF = "http://ns.adobe.com/tiff/1.0/"
META = "adobe:ns:meta/"

TAGS: dict[str, str] = {
    "exposure": "Exposure2012",
    "contrast": "Contrast2012",
    "highlights": "Highlights2012",
    "shadows": "Shadows2012",
    "whites": "Whites2012",
    "blacks": "Blacks2012",
    "temperature": "IncrementalTemperature",
    "tint": "IncrementalTint",
    "vibrance": "Vibrance",
    "saturation": "Saturation",
    "clarity": "Clarity2012",
    **{
        f"{what}_{colour}": f"{what.capitalize()}Adjustment{colour.capitalize()}"
        for what in ("hue", "saturation", "luminance")
        for colour in COLOURS
    },
    "sharpening": "Sharpness",
    "sharpening_radius": "SharpenRadius",
    "noise_luminance": "LuminanceSmoothing",
    "noise_colour": "ColorNoiseReduction",
    "vignette": "PostCropVignetteAmount",
    "vignette_midpoint": "PostCropVignetteMidpoint",
}
"""By slider: the tag of process version 2012 and later with its name, direction and scale. The
arithmetic behind it is each editor's own."""

DECIMALS = {"exposure": 2, "sharpening_radius": 1}
"""Digits behind the point that the tag has; other tags are whole numbers."""

ORIENTATIONS = {0: 1, 1: 6, 2: 3, 3: 8}
"""By quarter turns clockwise: the value of ``tiff:Orientation``."""

INEXPRESSIBLE: dict[str, str] = {
    "resize": "crs has no tag for the size of the export",
}
"""By slider: why no tag can say it. A mask is no slider: ``develop`` takes it beside them, and a
file says what is done to the whole picture."""

MOST_BYTES = 2**20
"""Larger files are refused; one of Camera Raw with many masks has some tens of thousands."""

_CURVE = "ToneCurvePV2012"
_CROP = ("CropLeft", "CropTop", "CropRight", "CropBottom")
_ABOUT = {"Version", "ProcessVersion", "HasSettings", "HasCrop", "CropAngle", "ToneCurveName2012"}


class Reading(NamedTuple):
    """What a file says.

    Attributes:
        sliders: that its tags mean.
        ignored: names of further ``crs`` tags, whose meaning no slider has, sorted.
        cut: names of tags whose value was cut to a slider's range, sorted. For the four of the
            crop: it reached beyond the largest one of the picture's own shape.
    """

    sliders: Sliders
    ignored: tuple[str, ...]
    cut: tuple[str, ...]


def lost(sliders: Sliders) -> dict[str, str]:
    """Return what a file would not say of these sliders, and why, by name.

    A value that is rounded to the digits of its tag is no loss: see ``rounded``.
    """
    found = {name: INEXPRESSIBLE[name] for name in sliders.moved() if name in INEXPRESSIBLE}
    if any(v != round(v) for point in sliders.curve for v in point):
        found["curve"] = "the points of a curve are whole numbers; they are rounded"
    return found


def rounded(sliders: Sliders) -> Sliders:
    """Return sliders as the digits of the tags allow; what ``lost`` names stays as it is."""
    values: dict[str, Any] = {
        name: round(getattr(sliders, name), DECIMALS.get(name, 0)) for name in TAGS
    }
    return replace(sliders, **values, curve=_whole(sliders.curve))


def write_xmp(sliders: Sliders, width: int, height: int) -> str:
    """Return an edit as an XMP packet, to be saved beside the picture as ``NAME.xmp``.

    Every slider that has a tag is written, the neutral ones too: an editor's own defaults, such as
    the sharpening of raw files, would take their place otherwise.

    Args:
        sliders: of which ``lost`` names what cannot be said.
        width: of the source picture, in pixels.
        height: of the source picture, in pixels; a straightened crop is given by its corners, which
            depend on the shape.

    Raises:
        ValueError: a width or height below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"width={width!r} and height={height!r} must be at least 1 pixel")
    for prefix, uri in (("x", META), ("rdf", RDF), ("crs", CRS), ("tiff", TIFF)):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.Element(f"{{{META}}}xmpmeta")
    rdf = ElementTree.SubElement(root, f"{{{RDF}}}RDF")
    about = ElementTree.SubElement(rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    about.set(f"{{{TIFF}}}ImageWidth", str(width))
    about.set(f"{{{TIFF}}}ImageLength", str(height))
    about.set(f"{{{TIFF}}}Orientation", str(ORIENTATIONS[sliders.rotate]))
    for tag, text in _tags(sliders, width, height):
        about.set(f"{{{CRS}}}{tag}", text)
    if sliders.curve != STRAIGHT:
        points = ElementTree.SubElement(about, f"{{{CRS}}}{_CURVE}")
        row = ElementTree.SubElement(points, f"{{{RDF}}}Seq")
        for x, y in _whole(sliders.curve):
            ElementTree.SubElement(row, f"{{{RDF}}}li").text = f"{x:.0f}, {y:.0f}"
    # darktable steps over the white space before a list, so there must be some.
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _tags(sliders: Sliders, width: int, height: int) -> Iterator[tuple[str, str]]:
    yield "Version", "15.0"
    yield "ProcessVersion", "11.0"
    yield "HasSettings", "True"
    for name, tag in TAGS.items():
        digits = DECIMALS.get(name, 0)
        value = round(float(getattr(sliders, name)), digits) + 0.0  # No minus before a zero.
        plus = "+" if value > 0 and RANGES[name].low < 0 else ""
        yield tag, f"{plus}{value:.{digits}f}"
    yield "ToneCurveName2012", "Linear" if sliders.curve == STRAIGHT else "Custom"
    box = to_corners(sliders, width, height)
    cut = sliders.crop != WHOLE or sliders.straighten != 0
    yield "HasCrop", "True" if cut else "False"
    for tag, share in zip(_CROP, box, strict=True):
        yield tag, f"{share:.8f}"
    # Positive turns the frame clockwise over the picture: the picture turns the other way.
    yield "CropAngle", f"{-sliders.straighten + 0.0:.6f}"


def read_xmp(text: str | bytes) -> Reading:
    """Read what ``write_xmp`` or another editor has written.

    Tags may be attributes or elements. Values beyond a slider's range are cut to it.

    Args:
        text: the packet, at most 1 MiB.

    Raises:
        ValueError: too large, no well-formed XML, a document type declaration (whose entities
            could grow without bound), no ``rdf:Description``, or a value that is no number.
    """
    data = text.encode() if isinstance(text, str) else text
    _check(data)
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise ValueError(f"text is no XMP packet: {error}") from error
    found, curve = _found(root)
    cut: set[str] = set()
    values = {
        name: _number(found, name, cut) for name, tag in TAGS.items() if f"{CRS}{tag}" in found
    }
    orientation = found.get(f"{TIFF}Orientation", "1")
    turns = {str(code): turn for turn, code in ORIENTATIONS.items()}
    if orientation not in turns:
        raise ValueError(f"tiff:Orientation={orientation!r} is mirrored or none: no slider says so")
    rotate = turns[orientation]
    straighten, crop = _crop(found, rotate, cut)
    geometry = {"rotate": rotate, "straighten": straighten, "crop": crop}
    sliders = Sliders.of({**values, **geometry, "curve": curve})
    known = {f"{CRS}{tag}" for tag in (*TAGS.values(), *_CROP, *_ABOUT, _CURVE)}
    ignored = sorted(n.removeprefix(CRS) for n in found if n.startswith(CRS) and n not in known)
    return Reading(sliders, tuple(ignored), tuple(sorted(cut)))


def _check(data: bytes) -> None:
    """Refuse a document type before its entities are expanded."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"text has {len(data)} bytes; a packet has at most {MOST_BYTES}")
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ValueError("text declares a document type, which no XMP packet has")

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"text is no XMP packet: {error}") from error


def _found(root: ElementTree.Element) -> tuple[dict[str, str], Curve]:
    """Return the properties by namespace and name, and the tone curve."""
    found: dict[str, str] = {}
    curve = STRAIGHT
    abouts = list(root.iter(f"{{{RDF}}}Description"))
    if not abouts:
        raise ValueError("text has no rdf:Description: it is no XMP packet")
    for about in abouts[:1]:
        found |= {_plain(name): value.strip() for name, value in about.attrib.items()}
        for child in about:
            found[_plain(child.tag)] = (child.text or "").strip()
            if child.tag == f"{{{CRS}}}{_CURVE}":
                curve = _points([item.text or "" for item in child.iter(f"{{{RDF}}}li")])
    return found, curve


def _plain(name: str) -> str:
    return name.removeprefix("{").replace("}", "", 1)


def _points(rows: list[str]) -> Curve:
    points: list[tuple[float, float]] = []
    for row in rows:
        parts = row.split(",")
        if len(parts) != 2:
            raise ValueError(f"crs:{_CURVE} has {row!r}, which is no point")
        points.append((_float(parts[0], _CURVE), _float(parts[1], _CURVE)))
    return tuple(points) or STRAIGHT


def _number(found: dict[str, str], name: str, cut: set[str]) -> float:
    low, high, _, _ = RANGES[name]
    value = _float(found[f"{CRS}{TAGS[name]}"], TAGS[name])
    if not low <= value <= high:
        cut.add(TAGS[name])
    return min(max(value, low), high)


def _float(text: str, tag: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"crs:{tag}={text!r} is no number")
    return value


def _crop(found: dict[str, str], rotate: int, cut: set[str]) -> tuple[float, Box]:
    """Return straighten and crop."""
    if found.get(f"{CRS}HasCrop", "False").lower() != "true":
        return 0.0, WHOLE
    left, top, right, bottom = (
        _float(found.get(f"{CRS}{tag}", default), tag)
        for tag, default in zip(_CROP, "0011", strict=True)
    )
    straighten = -_float(found.get(f"{CRS}CropAngle", "0"), "CropAngle") + 0.0
    width, height = (
        _float(found.get(f"{TIFF}{name}", "1"), name) for name in ("ImageWidth", "ImageLength")
    )
    if abs(straighten) > 45 or width <= 0 or height <= 0:
        raise ValueError(f"crs:CropAngle={-straighten} with a size of {width} x {height} is none")
    box = from_corners((left, top, right, bottom), straighten, rotate, width, height)
    inside = tuple(min(max(value, 0.0), 1.0) for value in box)
    if inside != box:
        cut.update(_CROP)
    return straighten, (inside[0], inside[1], inside[2], inside[3])


def _whole(curve: Curve) -> Curve:
    return tuple((float(round(x)), float(round(y))) for x, y in curve)
