"""What can be said for every action, by split. ``{s}`` is the subject, ``{g}`` the goal's words.

A form belongs to one split only: `test` holds sentences that `train` never shows.
"""

from __future__ import annotations

from typing import NamedTuple


class Forms(NamedTuple):
    """Templates by split."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def forms(train: str, validation: str, test: str) -> Forms:
    """Read templates, one a line."""
    return Forms(
        *(
            tuple(line.strip() for line in text.strip().splitlines())
            for text in (train, validation, test)
        )
    )


MAKE = forms(
    """make {s} {g}
    turn {s} {g}
    let {s} be {g}
    have {s} look {g}
    get {s} {g}""",
    "render {s} {g}",
    """make {s} look {g}
    let {s} appear {g}""",
)
"""For goals that read as an adjective: "a little darker"."""

FORMS: dict[str, Forms] = {
    "recolour": forms(
        """paint {s} {g}
        make {s} {g}
        turn {s} {g}
        colour {s} {g}
        dye {s} {g}
        tint {s} {g}
        change the colour of {s} to {g}
        give {s} a {g} colour
        set the colour of {s} to {g}
        let {s} be {g}
        recolour {s} in {g}
        switch {s} over to {g}""",
        """make the colour of {s} {g}
        paint {s} in {g}""",
        """change {s} to {g}
        give {s} a coat of {g} paint
        turn the colour of {s} to {g}
        recolour {s} {g}
        let {s} have a {g} colour""",
    ),
    "brightness": MAKE,
    "saturation": MAKE,
    "contrast": MAKE,
    "white_balance": MAKE,
    "exposure": MAKE,
    "blur": forms(
        """blur {s} {g}
        make {s} {g} blurry
        put a {g} blur on {s}
        apply a {g} blur to {s}
        let {s} go {g} out of focus
        blur {s} out {g}""",
        "make {s} look {g} blurred",
        """turn {s} {g} blurry
        give {s} a {g} blur""",
    ),
    "pixelate": forms(
        """pixelate {s} with {g} blocks
        break {s} up into {g} blocks
        put a mosaic of {g} blocks over {s}
        censor {s} with {g} pixels
        turn {s} into {g} blocks
        make {s} a mosaic of {g} squares""",
        "show {s} as {g} pixels",
        """pixelate {s} into {g} squares
        cover {s} with a mosaic of {g} pixels""",
    ),
    "sharpen": forms(
        """sharpen {s} {g}
        make {s} {g} sharper
        bring out the detail of {s} {g}
        make {s} {g} crisper""",
        "crisp {s} up {g}",
        """give {s} {g} more sharpness
        let {s} look {g} sharper""",
    ),
    "remove": forms(
        """remove {s}
        delete {s}
        erase {s}
        get rid of {s}
        take {s} out
        take away {s}
        cut {s} out of the photo
        remove {s} from the picture
        make {s} disappear
        edit {s} out
        wipe {s} out
        clear {s} away
        drop {s} from the scene
        lose {s}
        take {s} out of the shot""",
        """have {s} removed
        get {s} out of the picture""",
        """take {s} away
        delete {s} from the photo
        make {s} vanish
        erase {s} from the scene
        cut {s} out""",
    ),
    "move": forms(
        """move {s} {g}
        shift {s} {g}
        slide {s} {g}
        push {s} {g}
        put {s} {g}
        bring {s} {g}
        drag {s} {g}""",
        "have {s} moved {g}",
        """have {s} go {g}
        let {s} slide {g}
        nudge {s} {g}""",
    ),
    "scale": forms(
        """make {s} {g}
        resize {s} to be {g}
        get {s} to be {g}
        let {s} be {g}
        have {s} come out {g}""",
        "have {s} end up {g}",
        """let {s} become {g}
        have {s} become {g}""",
    ),
    "flip": forms(
        """flip {s} {g}
        mirror {s} {g}
        turn {s} {g}""",
        "swing {s} around {g}",
        """reverse {s} {g}
        have {s} flipped {g}""",
    ),
    "replace": forms(
        """replace {s} with {g}
        swap {s} for {g}
        exchange {s} for {g}
        turn {s} into {g}
        put {g} in the place of {s}
        substitute {g} for {s}
        change {s} into {g}
        use {g} instead of {s}
        trade {s} for {g}""",
        """let {g} take the place of {s}
        have {g} instead of {s}""",
        """swap {s} with {g}
        put {g} in place of {s}
        make {s} into {g}
        switch {s} for {g}""",
    ),
    "add": forms(
        """add {g} next to {s}
        put {g} next to {s}
        place {g} beside {s}
        insert {g} beside {s}
        set {g} down next to {s}
        add {g} beside {s}
        put {g} by the side of {s}
        draw {g} next to {s}
        stick {g} next to {s}""",
        """have {g} stand next to {s}
        add {g} by {s}""",
        """place {g} next to {s}
        put {g} beside {s}
        let {g} stand beside {s}
        set {g} beside {s}""",
    ),
    "add to the photo": forms(
        """add {g} to the photo
        put {g} into the picture
        insert {g} at the bottom
        add {g} in the foreground
        place {g} in the middle""",
        "have {g} in the foreground",
        """put {g} in the photo
        add {g} to the picture""",
    ),
    "background": forms(
        """change the background to {g}
        replace the background with {g}
        swap the background for {g}
        put {g} behind everything
        set the background to {g}
        turn the background into {g}
        use {g} as the background
        make the background {g}
        give the photo {g} as its background""",
        """have {g} in the background
        switch the backdrop to {g}""",
        """make {g} the background
        change the backdrop to {g}
        put {g} in the background
        replace what is behind with {g}""",
    ),
}
"""By action. ``"add to the photo"`` is for an added object without a neighbour."""

GOAL_FORMS: dict[tuple[str, str], Forms] = {
    ("brightness", "darker"): forms(
        "darken {s} a little\ndim {s} slightly\nlower the brightness of {s} a bit",
        "darken {s} a touch",
        "dim {s} a little\ndarken {s} slightly",
    ),
    ("brightness", "much darker"): forms(
        "darken {s} a lot\ndim {s} strongly\nlower the brightness of {s} by a lot",
        "darken {s} heavily",
        "dim {s} a lot\ndarken {s} strongly",
    ),
    ("brightness", "brighter"): forms(
        "brighten {s} a little\nlighten {s} slightly\nraise the brightness of {s} a bit",
        "brighten {s} a touch",
        "lighten {s} a little\nbrighten {s} slightly",
    ),
    ("brightness", "much brighter"): forms(
        "brighten {s} a lot\nlighten {s} strongly\nraise the brightness of {s} by a lot",
        "brighten {s} heavily",
        "lighten {s} a lot\nbrighten {s} strongly",
    ),
    ("saturation", "black and white"): forms(
        "take all colour out of {s}\ndrain {s} of colour\nconvert {s} to greyscale",
        "strip {s} of its colours",
        "remove all colour from {s}\nconvert {s} to black and white",
    ),
    ("saturation", "muted"): forms(
        "tone down the colours of {s}\ndesaturate {s} a little\nsoften the colours of {s}",
        "take some colour out of {s}",
        "tone the colours of {s} down\nmake the colours of {s} less strong",
    ),
    ("saturation", "vivid"): forms(
        "boost the colours of {s}\nsaturate {s} more\nstrengthen the colours of {s}",
        "turn up the colours of {s}",
        "give {s} stronger colours\nboost the saturation of {s}",
    ),
    ("scale", "smaller"): forms(
        "shrink {s} a little\nmake {s} shrink a bit", "shrink {s} slightly", "shrink {s} a bit"
    ),
    ("scale", "larger"): forms(
        "enlarge {s} a little\nmake {s} grow a bit", "enlarge {s} slightly", "enlarge {s} a bit"
    ),
    ("scale", "half size"): forms(
        "shrink {s} to half its size\nhalve the size of {s}\ncut the size of {s} in half",
        "scale {s} down to half",
        "reduce {s} to half its size\nshrink {s} by half",
    ),
    ("scale", "double size"): forms(
        "enlarge {s} to twice its size\ndouble the size of {s}\nblow {s} up to double size",
        "scale {s} up to double",
        "grow {s} to twice its size\nenlarge {s} to double size",
    ),
    ("flip", "vertical"): forms(
        "turn {s} on its head\nput {s} upside down\nflip {s} top to bottom",
        "stand {s} upside down",
        "make {s} stand upside down\nturn {s} over to be upside down",
    ),
    ("flip", "horizontal"): forms(
        "make {s} face the other way\nflip {s} left to right\nturn {s} to face the other way",
        "let {s} look the other way",
        "have {s} face the other way\nmirror {s} to face the other way",
    ),
}
"""Further forms for one goal of an action."""
