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
    have {s} look {g}
    get {s} to look {g}
    make {s} come out {g}""",
    "render {s} {g}",
    """make {s} look {g}
    make {s} appear {g}
    have {s} come out {g}""",
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
        recolour {s} in {g}
        spray {s} {g}
        repaint {s} {g}
        have {s} dyed {g}
        cover {s} in {g} paint
        switch {s} over to {g}
        let the colour of {s} be {g}""",
        """make the colour of {s} {g}
        paint {s} in {g}""",
        """change {s} to {g}
        give {s} a coat of {g} paint
        switch the colour of {s} to {g}
        recolour {s} {g}
        have {s} painted {g}""",
    ),
    "brightness": MAKE,
    "saturation": MAKE,
    "contrast": MAKE,
    "white_balance": MAKE,
    "exposure": MAKE,
    "blur": forms(
        """blur {s} {g}
        make {s} {g} blurred
        put a {g} blur on {s}
        apply a {g} blur to {s}
        blur {s} out {g}
        defocus {s} {g}
        let {s} blur {g}""",
        "make {s} look {g} blurred",
        """have {s} {g} blurred
        give {s} a {g} blur""",
    ),
    "pixelate": forms(
        """pixelate {s} with {g} blocks
        break {s} up into {g} blocks
        put a mosaic of {g} blocks over {s}
        censor {s} with {g} pixels
        turn {s} into a mosaic of {g} squares
        hide {s} behind {g} pixels
        render {s} as {g} blocks
        cut {s} into {g} pixel blocks""",
        "show {s} in {g} pixels",
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
        have {s} look {g} sharper""",
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
        photoshop {s} out
        clear {s} away
        drop {s} from the scene
        lose {s}
        take {s} out of the shot
        wipe {s} out
        rub {s} out
        scrub {s} from the picture
        leave {s} out
        do away with {s}
        let {s} disappear
        have {s} edited out
        strip {s} out of the scene
        remove all trace of {s}""",
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
        drag {s} {g}
        pull {s} {g}
        carry {s} {g}
        take {s} {g}
        have {s} slide {g}
        transfer {s} {g}""",
        "have {s} moved {g}",
        """bring {s} {g}
        shove {s} {g}
        have {s} shifted {g}""",
    ),
    "scale": forms(
        """make {s} {g}
        resize {s} to be {g}
        get {s} to be {g}
        scale {s} to be {g}
        have {s} come out {g}""",
        "have {s} end up {g}",
        """make {s} appear {g}
        have {s} appear {g}""",
    ),
    "flip": forms(
        """flip {s} {g}
        mirror {s} {g}
        invert {s} {g}
        turn {s} around {g}
        flip {s} around {g}
        have {s} mirrored {g}""",
        "reflect {s} {g}",
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
        trade {s} for {g}
        swap {s} out for {g}
        convert {s} into {g}
        have {s} replaced by {g}
        take {s} out and put {g} there""",
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
        photoshop {g} in next to {s}
        stick {g} next to {s}
        bring in {g} next to {s}
        drop {g} in beside {s}
        have {g} added next to {s}
        let {g} stand by {s}""",
        """show {g} next to {s}
        add {g} by {s}""",
        """place {g} next to {s}
        put {g} beside {s}
        have {g} appear beside {s}
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
        give the photo {g} as its background
        let {g} be the background
        have the background replaced with {g}
        exchange what is behind for {g}
        put everything in front of {g}""",
        """have {g} in the background
        switch the backdrop to {g}""",
        """make {g} the background
        change the backdrop to {g}
        put {g} in the background
        replace what is behind with {g}""",
    ),
}
"""By action. ``"add to the photo"`` is for an added object without a neighbour."""

FACING = forms(
    """make {s} face {g}
    turn {s} to face {g}
    turn {s} around to face {g}
    let {s} look {g}
    point {s} {g}""",
    "have {s} turned to face {g}",
    """have {s} face {g}
    get {s} to face {g}""",
)
"""For what looks or points somewhere: which way ``{g}`` is depends on how it stands now."""

GOAL_FORMS: dict[tuple[str, str], Forms] = {
    ("brightness", "darker"): forms(
        """darken {s} a little
        dim {s} slightly
        lower the brightness of {s} a bit
        turn the brightness of {s} down a little
        take a little light off {s}""",
        "darken {s} a touch",
        "dim {s} a little\ndarken {s} slightly",
    ),
    ("brightness", "much darker"): forms(
        """darken {s} a lot
        dim {s} heavily
        lower the brightness of {s} by a lot
        turn the brightness of {s} far down
        take a lot of light off {s}""",
        "darken {s} heavily",
        "dim {s} a lot\ndarken {s} considerably",
    ),
    ("brightness", "brighter"): forms(
        """brighten {s} a little
        lighten {s} slightly
        raise the brightness of {s} a bit
        turn the brightness of {s} up a little
        shed a little more light on {s}""",
        "brighten {s} a touch",
        "lighten {s} a little\nbrighten {s} slightly",
    ),
    ("brightness", "much brighter"): forms(
        """brighten {s} a lot
        brighten {s} up considerably
        raise the brightness of {s} by a lot
        turn the brightness of {s} far up
        shed a lot more light on {s}""",
        "brighten {s} heavily",
        "lighten {s} a lot\nbrighten {s} up a lot",
    ),
    ("saturation", "black and white"): forms(
        """take all colour out of {s}
        drain {s} of colour
        convert {s} to greyscale
        leave no colour in {s}
        wash all colour out of {s}
        rid {s} of all colour""",
        "strip {s} of its colours",
        "remove all colour from {s}\nconvert {s} to black and white",
    ),
    ("saturation", "muted"): forms(
        """tone down the colours of {s}
        desaturate {s} a little
        soften the colours of {s}
        turn the colours of {s} down
        make the colours of {s} paler""",
        "take some colour out of {s}",
        "tone the colours of {s} down\nmake the colours of {s} less strong",
    ),
    ("saturation", "vivid"): forms(
        """boost the colours of {s}
        saturate {s} more
        strengthen the colours of {s}
        make the colours of {s} pop
        give {s} richer colours
        increase the saturation of {s}""",
        "turn up the colours of {s}",
        "give {s} stronger colours\nboost the saturation of {s}",
    ),
    ("scale", "smaller"): forms(
        """shrink {s} a little
        scale {s} down a bit
        reduce the size of {s} a little""",
        "shrink {s} slightly",
        "shrink {s} a bit",
    ),
    ("scale", "larger"): forms(
        """enlarge {s} a little
        scale {s} up a bit
        increase the size of {s} a little""",
        "enlarge {s} slightly",
        "enlarge {s} a bit",
    ),
    ("scale", "half size"): forms(
        "shrink {s} to half its size\nhalve the size of {s}\ncut the size of {s} in half",
        "scale {s} down to half",
        "reduce {s} to half its size\nshrink {s} by half",
    ),
    ("scale", "double size"): forms(
        "enlarge {s} to twice its size\ndouble the size of {s}\nblow {s} up to double size",
        "scale {s} up to double",
        "scale {s} up to twice its size\nenlarge {s} to double size",
    ),
    ("flip", "vertical"): forms(
        "turn {s} on its head\nput {s} upside down\nflip {s} top to bottom",
        "stand {s} upside down",
        "make {s} stand upside down\nturn {s} over to be upside down",
    ),
    ("flip", "horizontal"): forms(
        """flip {s} so that left becomes right
        mirror {s} side to side
        swap the left and the right of {s}
        turn {s} around from left to right""",
        "reflect {s} across a vertical line",
        "mirror {s} about a vertical line\nflip {s} over from left to right",
    ),
    ("blur", "soft"): forms(
        """put {s} slightly out of focus
        take a little sharpness off {s}
        let {s} get slightly fuzzy""",
        "make {s} a little fuzzy",
        "get {s} slightly out of focus",
    ),
    ("blur", "strong"): forms(
        """put {s} completely out of focus
        take all sharpness off {s}
        let {s} get very fuzzy""",
        "make {s} extremely fuzzy",
        "get {s} completely out of focus",
    ),
    ("move", "left"): forms(
        "put {s} further left\nplace {s} further over to the left",
        "set {s} a good way further left",
        "get {s} further over to the left",
    ),
    ("move", "right"): forms(
        "put {s} further right\nplace {s} further over to the right",
        "set {s} a good way further right",
        "get {s} further over to the right",
    ),
    ("move", "left edge"): forms(
        "put {s} at the left edge\nplace {s} at the far left",
        "set {s} against the left edge",
        "put {s} up against the left border",
    ),
    ("move", "right edge"): forms(
        "put {s} at the right edge\nplace {s} at the far right",
        "set {s} against the right edge",
        "put {s} up against the right border",
    ),
    ("move", "centre"): forms(
        "put {s} in the middle\nplace {s} in the centre of the picture",
        "set {s} in the centre",
        "centre {s} in the picture\nput {s} in the centre",
    ),
}
"""Further forms for one goal of an action."""
