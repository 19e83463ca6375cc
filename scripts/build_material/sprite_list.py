"""Reads ``sprites.txt``: which icons become sprites, under which name and with which traits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

PLACEMENTS = ("ground", "sky", "any")
TEST_SHARE = 0.15
VALIDATION_SHARE = 0.10


@dataclass(frozen=True)
class Entry:
    """One line of ``sprites.txt`` with its section's defaults filled in.

    Attributes:
        icon: the icon's id in its set, such as ``"teddy-bear"``.
        name: what a person would call it, such as ``"teddy bear"``.
        category: the section's name.
        scale: height as a share of the picture, 0.18..0.42.
        placement: one of ``PLACEMENTS``.
        split: train, validation, test or library.
        source: the icon set, ``"fluent-emoji"`` or ``"noto"``.
    """

    icon: str
    name: str
    category: str
    scale: float
    placement: str
    split: str = ""
    source: str = "fluent-emoji"


def read_entries(path: Path) -> list[Entry]:
    """Parse ``sprites.txt`` and deal the sprites out to the splits.

    Raises:
        ValueError: a line that does not fit the format, or a name used twice.
    """
    entries: list[Entry] = []
    section: Entry | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            *category, scale, placement = line.strip("[]").split()
            section = Entry("", "", " ".join(category), float(scale), placement)
        elif line and section is not None:
            entries.append(_parse_line(line, section))
        elif line:
            raise ValueError(f"line {number} of {path.name}: {line!r} comes before any [section]")
    _check_names(entries)
    return _deal_splits(entries)


def _parse_line(line: str, section: Entry) -> Entry:
    """Read ``ICON [= NAME] [SCALE] [PLACEMENT] [SPLIT] [noto]``."""
    icon, *words = line.split()
    entry = replace(section, icon=icon)
    name: list[str] = []
    for word in words:
        if word == "library":
            entry = replace(entry, split="library")
        elif word == "noto":
            entry = replace(entry, source="noto")
        elif word in PLACEMENTS:
            entry = replace(entry, placement=word)
        elif word.replace(".", "").isdigit():
            entry = replace(entry, scale=float(word))
        elif word != "=":
            name.append(word)
    return replace(entry, name=" ".join(name) or icon.replace("-", " "))


def _check_names(entries: list[Entry]) -> None:
    """Refuse a name that is another's or a run of another's words ("car" in "sports car")."""
    padded = sorted(f" {entry.name} " for entry in entries)
    for one in padded:
        holders = [other for other in padded if one in other]
        if len(holders) != 1:
            raise ValueError(f"the name {one!r} also occurs in {holders}")


def _deal_splits(entries: list[Entry]) -> list[Entry]:
    """Give each category its share of test and validation sprites, by a hash of the name."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.split != "library":
            groups[entry.category].append(entry)
    split_of: dict[str, str] = {}
    for group in groups.values():
        group.sort(key=lambda entry: hashlib.sha256(entry.name.encode()).hexdigest())
        tests = max(1, round(TEST_SHARE * len(group)))
        validations = max(1, round(VALIDATION_SHARE * len(group)))
        for rank, entry in enumerate(group):
            held = "validation" if rank < tests + validations else "train"
            split_of[entry.name] = "test" if rank < tests else held
    return [replace(entry, split=split_of.get(entry.name, entry.split)) for entry in entries]
