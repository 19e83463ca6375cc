"""The things that an instruction names, found without a grammar of English.

Words that name nothing one can point at (articles, prepositions, verbs of editing, how things
should become) split a text into runs. From a run's ends come off the words for place, size and
colour by which one tells twins apart; what is left is a name. This is a rule of thumb for short
imperative sentences: ``docs/neural_members.md`` has its figures, and a detector takes ``labels=``
where it is known beforehand what may be in the picture.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from editenv.imaging.colour import COLOURS
from editenv.material import sprite_names

LONGEST = 4
"""Words of a name at most; a longer run is no name but a clause that was not understood."""

_FUNCTION_WORDS = """
a an the this that these those my your his her its our their some any all every each both one ones
i you he she it we they me him them us there here who which what whose itself
of to in on at by for from with without within into onto off out over under up down above below
beside besides next near behind between before after around against across along through toward
towards as than like about upon inside outside instead except beneath
and or but nor so then also too finally afterwards first second last lastly now while when until
once if because please just only really very much more most less least bit lot little quite rather
slightly completely entirely totally fully far way not no don't dont never keep leave stay
is are was were be been being am do does did done has have had can could should would will shall
may might must let lets let's want wants wanted need needs needed like would i'd it's that's
same different other another else everything something anything nothing thing things half twice
double times again still even ever where wherever how why
"""

_EDITING_WORDS = """
add adding added apply blur blurred bring brighten change changed clean clear colour coloured color
colored convert copy correct crop cut darken delete draw drag dye edit enhance enlarge erase
exchange fade fill fix flip flipped get give go grow have hide highlight improve increase decrease
insert invert lay lift lighten look looks looking looked lower make makes making mask mirror mosaic
move moved paint painted paste pixelate pixelated place placed pull push put raise recolour
recolor reduce remove removed render replace replaced resize restore retouch rid rotate saturate
desaturate scale set shift shrink sharpen show slide smooth soften sprinkle stick stretch substitute
swap switch take tint tone trim turn turned unblur use wipe wash lose drop paints swapped see sit
sits stand stands appear appears become becomes end ends start starts seem seems show turns want
exposure contrast brightness saturation noise grain colours colors hue vibrance focus cast
bigger larger smaller taller wider darker brighter lighter sharper softer blurry blurrier sharp
soft dark bright light vivid muted dull dim crisp clean grainy noisy flat warm warmer cold colder
cool cooler colourful colorful monochrome greyscale grayscale deep pale strong stronger strongly
heavily heavy gentle gently coarse fine horizontal horizontally vertical vertically upside upwards
downwards leftwards rightwards sideways higher further furthest
farther closer round shade way tone version size edge edges side
corner centre center middle position place spot style effect view visible invisible gone away
wear wears wearing hold holds holding two three four five several many greener whiten switched
vanish vanishes disappear disappears dissolve melt fade come comes came lean touch face faces pop
trade nudge cover cut dim drain mend repair took trace untouched unrecognisable colourless kindly
favour object objects somewhat considerably extremely seriously terribly awfully later reminds
loves goes stop stops pixels blocks squares border haze complete
"""

_WHOLE_WORDS = (
    "image picture photo photograph pic shot scene whole entire frame background backdrop"
)

_PLACES_AND_SIZES = """
left right top bottom leftmost rightmost upper lower uppermost lowermost highest lowest small
smaller smallest large larger largest big bigger biggest little tiny huge darker brighter
"""

_STOPS = frozenset(f"{_FUNCTION_WORDS} {_EDITING_WORDS} {_WHOLE_WORDS}".split())
_ATTRIBUTES = frozenset(_PLACES_AND_SIZES.split())

_ALSO_THINGS = frozenset("orange rose plum olive peach salmon chocolate tomato lime coral".split())
"""Colours that are things where nothing else in the run is."""

_SHADES = frozenset("jet pitch pure royal rose lemon sky grass navy pine ruby".split())
"""What may stand before a colour and belongs to it."""

_DETERMINERS = frozenset("the a an this that these those my your his her its our their".split())

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\S")


@dataclass(frozen=True)
class Mention:
    """A thing that a text names.

    Attributes:
        name: what to look for, lower case, one to ``LONGEST`` words.
        attributes: place, size and colour that stood before it, in their order.
    """

    name: str
    attributes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Attributes and name, as in ``"left kite"``."""
        return " ".join((*self.attributes, self.name))


def find_mentions(text: str, known: Collection[str] | None = None) -> tuple[Mention, ...]:
    """Return the things that a text names, in their order, each once.

    Args:
        text: any text.
        known: names that are taken as they are behind an article or an attribute, whatever their
            words mean elsewhere: a mirror, a light bulb. None takes the sprites of this package.

    >>> [mention.words for mention in find_mentions("Make the small kite teal, erase the pie.")]
    ['small kite', 'pie']
    """
    names = _sprites() if known is None else frozenset(name.casefold() for name in known)
    found = (_mention(run, names) for run in _runs(text.casefold(), names))
    return tuple(dict.fromkeys(mention for mention in found if mention is not None))


def _runs(text: str, known: frozenset[str]) -> Iterator[list[str]]:
    """Neighbouring words that may be a name with its attributes."""
    words = [_plain(word) for word in _WORD.findall(text.replace("’", "'"))]
    run: list[str] = []
    introduced = False
    position = 0
    while position < len(words):
        word = words[position]
        count = _known_name(words, position, known) if introduced else 0
        if count:
            yield [*run, " ".join(words[position : position + count])]
            run, position = [], _after_colours(words, position + count)
            introduced = False
            continue
        position += 1
        describes = word in _ATTRIBUTES or word in _colours()
        introduced = word in _DETERMINERS or (introduced and describes)
        if word[0].isalpha() and (word not in _STOPS or word in _ATTRIBUTES):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _after_colours(words: list[str], position: int) -> int:
    """Skip what a thing that was just named is to become, as in "the kite rose pink"."""
    while position < len(words) and (words[position] in _SHADES or words[position] in _colours()):
        position += 1
    return position


def _plain(word: str) -> str:
    return word.removesuffix("'s").removesuffix("-hand")


def _known_name(words: list[str], position: int, known: frozenset[str]) -> int:
    """How many words from a position on are a known name; 0 where none are."""
    for count in range(min(LONGEST, len(words) - position), 0, -1):
        if " ".join(words[position : position + count]) in known:
            return count
    return 0


def _mention(run: list[str], known: frozenset[str]) -> Mention | None:
    start, end = 0, len(run)
    while start < end - 1 and _describes(run[start]):
        start += 1
    while end > start and _describes(run[end - 1]) and run[end - 1] not in known:
        end -= 1
        while end > start and run[end - 1] in _SHADES:
            end -= 1
    if start == end:
        things = [number for number, word in enumerate(run) if word in _ALSO_THINGS]
        if not things:
            return None
        start, end = things[0], things[0] + 1
    if end - start > LONGEST:
        return None
    return Mention(" ".join(run[start:end]), tuple(run[:start]))


def _describes(word: str) -> bool:
    return word in _ATTRIBUTES or word in _colours()


@cache
def _sprites() -> frozenset[str]:
    return frozenset(sprite_names())


@cache
def _colours() -> frozenset[str]:
    from PIL import ImageColor

    more = "scarlet emerald turquoise blond blonde copper bronze golden silvery greyish rosy"
    return frozenset([*COLOURS, *ImageColor.colormap, *more.split()])
