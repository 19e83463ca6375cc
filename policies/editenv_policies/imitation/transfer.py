"""Starts from a coordinator of another id: shared weights are copied, calls matched by name."""

from __future__ import annotations

import torch

from editenv_policies.imitation.clone import Clone

Pairs = list[tuple[int, int]]
"""Places in the new network, and where the same thing is in the known one."""

CALLS, CALL_OR_NONE, CALLS_TWICE, CALLS_AND_OPTIONS = range(4)
"""What an axis of a parameter counts, where it is not just as in the known network."""

AXES: dict[str, tuple[int | None, ...]] = {
    "extractor.history.embeddings.0.weight": (CALL_OR_NONE,),
    "extractor.read_for_calls.queries": (None, CALLS),
    "heads.base.calls.bias": (CALLS,),
    "heads.base.calls.weight": (CALLS,),
    "heads.base.hints.weight": (CALLS, CALLS_TWICE),
    "heads.base.options.bias": (CALLS_AND_OPTIONS,),
    "heads.base.options.weight": (CALLS_AND_OPTIONS,),
    "heads.base.trust_option": (CALLS,),
    "heads.choose": (CALLS,),
    "heads.meant": (CALLS,),
    "heads.trust_chosen": (CALLS,),
    "heads.trust_pointed": (CALLS,),
}
"""The parameters that have axes of calls; any axis that is not named here begins the same way in
every network (words by their place, options by their number) and is as long as it is needed."""


def transfer(known: Clone, clone: Clone) -> list[str]:
    """Copy the weights of a coordinator into one for other tools or longer instructions.

    Calls that both have keep their weights; others start untrained. Values from the environment
    (embeddings of names) are not copied.

    Args:
        known: the trained coordinator.
        clone: the one to copy into; it is changed.

    Returns:
        The names of the calls that both have.

    Raises:
        ValueError: the networks are of other sizes.
    """
    if known.size != clone.size:
        raise ValueError(f"warm_start has a network of {known.size}, the run one of {clone.size}")
    axes = _axes(known, clone)
    source = dict(known.network.named_parameters())
    with torch.no_grad():
        for name, parameter in clone.network.named_parameters():
            places = [
                axes.get(kind, _same(new, old))
                for kind, new, old in zip(
                    _kinds(name, parameter.ndim), parameter.shape, source[name].shape, strict=True
                )
            ]
            to, of = ([torch.tensor([pair[i] for pair in axis]) for axis in places] for i in (0, 1))
            parameter[_grid(to)] = source[name][_grid(of)]
    names = [call.name for call in clone.table.calls]
    return [names[new] for new, _ in axes[CALLS]]


def _kinds(name: str, count: int) -> list[int | None]:
    named = AXES.get(name, ())
    return [*named, *[None] * (count - len(named))]


def _axes(known: Clone, clone: Clone) -> dict[int | None, Pairs]:
    places = {call.name: place for place, call in enumerate(known.table.calls)}
    calls = [
        (place, places[call.name])
        for place, call in enumerate(clone.table.calls)
        if call.name in places
    ]
    (new_calls, _, new_options), (old_calls, _, old_options) = clone.table.sizes, known.table.sizes
    options = range(min(new_options, old_options))
    return {
        CALLS: calls,
        CALL_OR_NONE: [(0, 0), *((new + 1, old + 1) for new, old in calls)],
        CALLS_TWICE: [*calls, *((new + new_calls, old + old_calls) for new, old in calls)],
        CALLS_AND_OPTIONS: [
            (new * new_options + option, old * old_options + option)
            for new, old in calls
            for option in options
        ],
    }


def _same(new: int, old: int) -> Pairs:
    return [(place, place) for place in range(min(new, old))]


def _grid(places: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    return torch.meshgrid(*places, indexing="ij") if places else ()
