"""Checks of a diffusion tool's arguments; a ``ValueError`` says what is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from editenv.models.diffusion.adapters import ADAPTERS, Adapter, adapter_of
from editenv.models.diffusion.fit import Size
from editenv.models.diffusion.source import DTYPES, OFFLOADS, Given, Source, Stored
from editenv.tools.cost import Cost


def one_of(name: str, value: Any, accepted: Sequence[Any]) -> Any:
    """Return ``value`` if it is accepted."""
    if value not in accepted:
        raise ValueError(f"{name}={value!r} is unknown: choose from {list(accepted)}")
    return value


def numbers(name: str, value: Any, default: float, kind: type, least: float) -> tuple[Any, ...]:
    """Return one number or several, all different, as a tuple."""
    given: Any = default if value is None else value
    found: tuple[Any, ...] = (given,) if isinstance(given, Real) else tuple(given)
    accepted = Integral if kind is int else Real
    good = all(
        isinstance(n, accepted) and not isinstance(n, bool) and least <= float(n) < float("inf")
        for n in found
    )
    if not found or not good or len(set(found)) < len(found):
        raise ValueError(
            f"{name}={value!r} must be one or more different {kind.__name__} of at least {least}"
        )
    return tuple(kind(n) for n in found)


def number(name: str, value: Any, kind: type, least: float, most: float = float("inf")) -> Any:
    """Return a number between two others."""
    (found,) = numbers(name, (value,), 0, kind, least)
    if found > most:
        raise ValueError(f"{name}={value!r} must be at most {most}")
    return found


def checked_goals(goals: Any, action: str) -> tuple[str, ...]:
    """Return the goals: different words, for ``"replace"`` only."""
    found = (goals,) if isinstance(goals, str) else tuple(goals)
    if not all(isinstance(goal, str) and goal.strip() for goal in found):
        raise ValueError(f"goals={goals!r} must be names of things, none of them empty")
    if len(set(found)) < len(found):
        raise ValueError(f"goals={goals!r} has a goal twice")
    if found and action != "replace":
        raise ValueError(f"goals={goals!r} is for action='replace', not action={action!r}")
    return found


def checked_size(size: Size, multiple: int | None, adapter: Adapter) -> tuple[Size, int]:
    """Return size and multiple."""
    if isinstance(size, str):
        one_of("size", size, ("native", "picture"))
    else:
        number("size", size, int, adapter.multiple)
    sides = adapter.multiple if multiple is None else number("multiple", multiple, int, 1)
    if sides % adapter.multiple:
        raise ValueError(f"multiple={multiple} must be a multiple of {adapter.multiple}")
    return size, int(sides)


def checked_strength(
    strength: float | None, adapter: Adapter, steps: Sequence[int]
) -> float | None:
    """Return the strength, or the adapter's default."""
    if adapter.strength is None:
        if strength is not None:
            raise ValueError(f"strength={strength!r} is for inpainting pipelines only")
        return None
    if strength is None:
        strength = adapter.strength
    found = number("strength", strength, float, 0.0, 1.0)
    if int(min(steps) * found) < 1:
        raise ValueError(f"steps={min(steps)} with strength={found} leaves no step to do")
    return found


def checked_costs(cost: Cost | Sequence[Cost] | None, options: int) -> tuple[Cost, ...] | None:
    """Return a cost for each option, or None."""
    if cost is None:
        return None
    found = (cost,) * options if isinstance(cost, Cost) else tuple(cost)
    if len(found) != options or not all(isinstance(c, Cost) for c in found):
        raise ValueError(f"cost={cost!r} must be one Cost, or one for each of {options} options")
    return found


def source_of(
    where: Any,
    device: str,
    dtype: str,
    offload: str | None,
    lora: str | Path | Sequence[str | Path],
    lora_scale: float,
) -> Source:
    """Return where the pipeline comes from."""
    one_of("dtype", dtype, DTYPES)
    one_of("offload", offload, OFFLOADS)
    adapters = (lora,) if isinstance(lora, (str, Path)) else tuple(lora)
    if isinstance(where, (str, Path)):
        for place in adapters:
            if not Path(place).exists():
                raise ValueError(f"lora={str(place)!r} is neither a folder nor a file")
        return Stored(
            str(where), device, dtype, offload, tuple(str(place) for place in adapters), lora_scale
        )
    if not hasattr(where, "components"):
        raise ValueError(f"where={where!r} must be a folder, a hub name or a diffusers pipeline")
    if (device, dtype, offload, adapters) != ("auto", "auto", None, ()):
        raise ValueError(
            "device, dtype, offload and lora are for pipelines by name: set them on the pipeline"
        )
    return Given(where)


def adapter_for(source: Source) -> Adapter:
    """Return the adapter of a pipeline's class, or of the nearest one that it inherits from."""
    known = [name for name in source.class_names if name in ADAPTERS]
    return adapter_of(known[0] if known else source.class_names[0])
