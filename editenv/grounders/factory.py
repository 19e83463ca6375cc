"""From the ``grounder`` argument of an environment to a grounder."""

from __future__ import annotations

from editenv import entry_points
from editenv.entry_points import EntryPoint
from editenv.grounders.base import Grounder
from editenv.grounders.noisy import NoisyGrounder
from editenv.grounders.pixels import PixelGrounder
from editenv.grounders.proposals import ProposalGrounder
from editenv.grounders.scene import SceneGrounder
from editenv.protocols import implements

GROUNDER_KINDS: dict[str, EntryPoint] = {
    "detector": "editenv.models.grounders.detector:make_detector_grounder",
    "subject": "editenv.models.grounders.subject:make_subject_grounder",
}
"""By prefix, as in ``"detector:FOLDER"``: what builds a grounder from the rest."""

_RATES = ("jitter", "wrong_label", "missing")
_ACCEPTED = (
    "'proposals', 'scene', 'noisy', 'noisy:jitter=0.2,wrong_label=0.1,missing=0.1' (any of the "
    "three), 'pixels', 'subject', 'detector:FOLDER' or an object with propose(task, rng, slots)"
)


def register_grounder(kind: str, entry_point: EntryPoint) -> None:
    """Add a kind of grounder that ``grounder="KIND:SETTINGS"`` then builds.

    Args:
        kind: what stands before the colon.
        entry_point: ``"module:function"`` or a function, from SETTINGS to a ``Grounder``.

    Raises:
        ValueError: see ``editenv.entry_points.register``.
    """
    entry_points.register(GROUNDER_KINDS, kind, entry_point)


def make_grounder(spec: str | Grounder = "proposals") -> Grounder:
    """Return the grounder that ``spec`` stands for.

    Args:
        spec: ``"proposals"`` (what might be there, without names; the default), ``"scene"`` (a
            perfect detector: privileged), ``"noisy"`` (the same with optional rates of error),
            ``"pixels"`` (classical segmentation, labels by colour and place), ``"subject"`` or
            ``"subject:FILE"`` (what the picture is about, see ``SubjectGrounder``),
            ``"detector:FOLDER"`` (a zero-shot detector, see ``DetectorGrounder``), or any object of
            the `Grounder` protocol, which is returned as it is.

    Raises:
        ValueError: ``spec`` is none of these, or a rate is outside [0, 1].
        gymnasium.error.DependencyNotInstalled: the kind's packages are missing.
    """
    if spec == "proposals":
        return ProposalGrounder()
    if spec == "scene":
        return SceneGrounder()
    if spec == "pixels":
        return PixelGrounder()
    if isinstance(spec, str):
        kind, _, settings = spec.partition(":")
        if kind in GROUNDER_KINDS and (settings or spec == "subject"):
            return entry_points.load(GROUNDER_KINDS[kind])(settings)
        if kind == "noisy" and spec != "noisy:":
            return _noisy(spec, settings)
    elif implements(spec, Grounder):
        return spec
    raise _refused(spec)


def _noisy(spec: str, settings: str) -> NoisyGrounder:
    """Read ``"jitter=0.2,missing=0.1"``."""
    rates: dict[str, float] = {}
    for setting in settings.split(",") if settings else ():
        name, _, value = (part.strip() for part in setting.partition("="))
        if name not in _RATES or name in rates:
            raise _refused(spec)
        try:
            rates[name] = float(value)
        except ValueError:
            raise _refused(spec) from None
    return NoisyGrounder(
        jitter=rates.get("jitter", 0.1),
        wrong_label=rates.get("wrong_label", 0.1),
        missing=rates.get("missing", 0.1),
    )


def _refused(spec: object) -> ValueError:
    return ValueError(f"grounder={spec!r} is not accepted; give {_ACCEPTED}")
