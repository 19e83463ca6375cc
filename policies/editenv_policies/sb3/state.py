"""The whole state of an SB3 learner between two rollouts, in one file with its weights.

``model.zip`` is what Stable-Baselines3 saves, with one more entry: ``state.json``. SB3 pickles its
settings into that file. Resuming reads only weights, optimiser and ``state.json``; but anyone who
opens it with SB3's ``load`` must trust its origin.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from editenv_policies.checkpoints import REMARK, newest, replacing
from editenv_policies.random_state import random_streams, set_random_streams

STATE, ARRAYS = "state.json", "state.npz"

State = dict[str, Any]


def state_of(model: BaseAlgorithm) -> State:
    """Return what changes while a model learns, without its weights.

    Call it between two rollouts. The replay buffer of an off-policy learner is left out.
    """
    anyhow: Any = model
    env = anyhow.env.unwrapped
    begun = model._last_obs is not None and hasattr(env, "state")
    starts = getattr(model, "starts", None)
    return {
        "steps": model.num_timesteps,
        "progress": model._current_progress_remaining,
        "updates": getattr(model, "_n_updates", 0),
        "episodes": list(model.ep_info_buffer or ()),
        "solved": [bool(solved) for solved in model.ep_success_buffer or ()],
        "env": env.state() if begun else None,
        "ended": np.asarray(model._last_episode_starts).tolist() if begun else None,
        "starts": None if starts is None else starts.bit_generator.state,
        "random": random_streams(),
    }


def take_state(model: BaseAlgorithm, state: State) -> None:
    """Restore the state of a saved model into one that was built in the same way."""
    anyhow: Any = model
    model.num_timesteps = state["steps"]
    model._current_progress_remaining = state["progress"]
    anyhow._n_updates = state["updates"]
    window = model._stats_window_size
    model.ep_info_buffer = deque(state["episodes"], maxlen=window)
    model.ep_success_buffer = deque(state["solved"], maxlen=window)
    if state["env"] is not None:
        anyhow.env.unwrapped.take_state(state["env"])
        model._last_obs = anyhow.env.reset()
        model._last_episode_starts = np.array(state["ended"])
        if isinstance(model, OffPolicyAlgorithm):
            model._last_original_obs = None
    if state["starts"] is not None:
        anyhow.starts.bit_generator.state = state["starts"]
    set_random_streams(state["random"])


def save_model(
    model: BaseAlgorithm,
    path: Path,
    state: State | None = None,
    arrays: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Replace a checkpoint atomically; a crash keeps the previous one.

    Args:
        model: the learner.
        path: a ``.zip``.
        state: plain values to save with it; None saves ``state_of`` the model.
        arrays: arrays to save with it.

    Raises:
        OSError: it could not be written.
    """
    # In memory first: what the disk refuses is then refused in one place.
    content = io.BytesIO()
    model.save(content)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(STATE, json.dumps(state_of(model) if state is None else state))
        if arrays is not None:
            with archive.open(ARRAYS, "w") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
        archive.comment = REMARK.encode()
    with replacing(path) as partial:
        partial.write_bytes(content.getvalue())


def read_state(path: Path) -> State:
    """Read the state in a checkpoint.

    Raises:
        ValueError: a file that SB3 alone has written.
    """
    with zipfile.ZipFile(path) as archive:
        if STATE not in archive.namelist():
            raise ValueError(f"{path} has no {STATE}: it can be played, but not gone on with")
        return json.loads(archive.read(STATE))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays in a checkpoint."""
    with zipfile.ZipFile(path) as archive, np.load(io.BytesIO(archive.read(ARRAYS))) as found:
        return dict(found)


def steps_of(path: Path) -> int:
    """The learner's number of steps when it wrote this."""
    return read_state(path)["steps"]


def take_weights(model: BaseAlgorithm, path: Path) -> None:
    """Read weights and optimiser from a checkpoint, but nothing pickled.

    Raises:
        ValueError: it belongs to another network.
    """
    try:
        model.set_parameters(str(path), device="cpu")
    except RuntimeError as error:
        raise ValueError(f"{path} is of another network: {str(error).splitlines()[0]}") from error


def restore_model(model: BaseAlgorithm, path: Path) -> State:
    """Restore a model from a checkpoint, or from the previous one if that is damaged.

    Args:
        model: built like the saved one; its environment must not start an episode.
        path: of ``save_model``.

    Returns:
        The state in the checkpoint.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is damaged, or belongs to another network.
    """
    (whole,) = newest([path], steps_of)
    state = read_state(whole)
    take_weights(model, whole)
    take_state(model, state)
    return state
