"""Policies by name: baselines, the shipped coordinator, and what training runs leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm

from editenv.models.members.sb3 import algorithm_of, saved_settings
from editenv_policies import trained
from editenv_policies.baselines import BASELINES
from editenv_policies.evaluation import Actor, ModelActor, Outcome
from editenv_policies.grpo.algorithm import GRPO
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation.clone import Clone
from editenv_policies.sb3.calls import CallTable
from editenv_policies.sb3.learning import CHECKPOINT
from editenv_policies.sb3.models import ALGORITHMS

TRAINED = "trained"

Player = Callable[[], list[Outcome]]
"""Plays the held-out tasks and says how each went."""


@dataclass(frozen=True)
class Policy:
    """A policy that can play an id.

    Attributes:
        name: that it was asked for by.
        make: builds what acts in one environment.
        arguments: further arguments of the environment that it plays in.
        clone: the network, where several tasks can be played side by side.
    """

    name: str
    make: Callable[[], Actor]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    clone: Clone | None = None

    def play(self, held_out: HeldOut) -> list[Outcome]:
        """Play the held-out tasks and say how each went."""
        if self.clone is not None:
            return held_out.play_model(self.clone)
        return held_out.play(self.make(), **self.arguments)


def player(name: str, held_out: HeldOut, folder: Path = trained.FOLDER) -> Player:
    """Find a policy, and make sure that it can play the tasks; see ``find``."""
    policy = find(name, held_out, folder)
    return lambda: policy.play(held_out)


def find(name: str, held_out: HeldOut, folder: Path = trained.FOLDER) -> Policy:
    """Find a policy, and make sure that it can play the tasks.

    Args:
        name: of ``BASELINES``, ``"trained"``, a run's folder or a model of Stable-Baselines3. The
            latter are pickled: name only files that you trust.
        held_out: what is to be played.
        folder: where trained coordinators are.

    Raises:
        ValueError: no such policy, or one for other spaces.
    """
    if name in BASELINES:
        return Policy(name, BASELINES[name])
    path = Path(name).expanduser()
    if name == TRAINED:
        return _of_clone(name, trained.load(held_out.env_id, folder), held_out)
    clone = trained.load_run(path)
    if clone is not None:
        return _of_clone(name, clone, held_out)
    file = path / CHECKPOINT if path.is_dir() else path
    if not file.is_file():
        known = [*BASELINES, TRAINED]
        raise ValueError(f"policy={name!r}: choose from {known}, or a run's folder, or a model.zip")
    return _of_file(name, file, held_out)


def _of_clone(name: str, clone: Clone, held_out: HeldOut) -> Policy:
    with closing(held_out.make()) as env:
        base: Any = env.unwrapped
        table = CallTable.of(base.call_names, base.tools, base.setup.slots)
    if table.as_json() != clone.table.as_json():
        raise ValueError(f"policy={name!r} makes other calls than {held_out.env_id} has")
    return Policy(name, lambda: ModelActor(clone, masked=True), clone=clone)


def _of_file(name: str, file: Path, held_out: HeldOut) -> Policy:
    model, masked = _load_model(file)
    flat = {"action_format": "discrete"} if isinstance(model.action_space, spaces.Discrete) else {}
    with closing(held_out.make(**flat)) as env:
        if env.action_space != model.action_space:
            raise ValueError(
                f"policy={name!r} has actions {model.action_space}, but {held_out.env_id} has "
                f"{env.action_space}"
            )
    return Policy(name, lambda: ModelActor(model, masked=masked), flat)


def _load_model(path: Path) -> tuple[BaseAlgorithm, bool]:
    """Load a model of this package's trainers, and say whether it takes action masks.

    SB3 unpickles its settings: only files that you trust.

    Raises:
        ValueError: no such file, or one that none of them wrote.
    """
    kind = "GRPO" if "group_size" in saved_settings(path) else algorithm_of(path)
    known: dict[str, type[BaseAlgorithm]] = {cls.__name__: cls for cls in ALGORITHMS.values()}
    model = (known | {"GRPO": GRPO})[kind].load(path, device="cpu")
    return model, kind == "MaskablePPO" or getattr(model, "masked", False)
