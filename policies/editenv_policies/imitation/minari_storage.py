"""Episodes in Minari's storage and back. Needs the extra ``minari``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec

from editenv.optional import import_optional
from editenv_policies.imitation.episodes import OracleEpisode

LABEL, MASK, SLIP = "label", "action_mask", "slip"
"""Keys of ``infos``. Row t belongs to observation t, as in what ``reset`` and ``step`` return."""

NONE = -1
"""Fills the label of the last observation, after which nothing is done."""


def minari_part(module: str) -> Any:
    """Import a part of Minari.

    Raises:
        gymnasium.error.DependencyNotInstalled: Minari or h5py is missing.
    """
    for name in ("h5py", "minari"):
        import_optional(name, '"editenv[minari]"', "a Minari data set")
    return import_optional(f"minari.{module}", '"editenv[minari]"', "a Minari data set")


def folder_of(name: str) -> Path:
    """Return where Minari looks for a data set: below ``MINARI_DATASETS_PATH``.

    Raises:
        ValueError: a name that Minari does not accept.
        gymnasium.error.DependencyNotInstalled: Minari or h5py is missing.
    """
    found = minari_part("dataset.minari_dataset").DATASET_ID_RE.fullmatch(name)
    if found is None or found.group("version") is None:
        raise ValueError(
            f"name={name!r} is no name of a data set: use (namespace/)name-vN, such as "
            "'editenv/ImageEdit-v0/oracle-v0'"
        )
    return minari_part("storage.datasets_root_dir").get_dataset_path(name)


def write_episodes(path: Path, spec: EnvSpec, parts: Iterable[Iterable[OracleEpisode]]) -> Any:
    """Write episodes, in their order and part by part, into a new storage, and return it."""
    with closing(gymnasium.make(spec)) as env:
        # Pictures are kept byte for byte: JPEG would lose the small differences of edits.
        storage = minari_part("dataset.minari_storage").MinariStorage.new(
            path, env.observation_space, env.action_space, spec, jpeg_encoding=False
        )
    for episodes in parts:
        storage.update_episodes([_to_buffer(episode) for episode in episodes])
    return storage


def env_of(path: Path) -> str:
    """Return the id of the environment that a storage's episodes were played in."""
    about = minari_part("dataset.minari_storage").MinariStorage.read_raw_metadata(path)
    return EnvSpec.from_json(about["env_spec"]).id


def read_episodes(path: Path) -> Iterator[OracleEpisode]:
    """Read a storage of ``write_episodes``, one episode at a time.

    Raises:
        ValueError: the episodes have no labels.
    """
    storage = minari_part("dataset.minari_storage").MinariStorage.read(path)
    for number in range(storage.total_episodes):
        (about,), (found,) = (
            list(storage.get_episode_metadata([number])),
            list(storage.get_episodes([number])),
        )
        if LABEL not in (found["infos"] or {}):
            raise ValueError(f"{path} has no infos[{LABEL!r}]: it is no data set of an oracle")
        yield _from_storage(number, int(about["seed"]), found)


def _to_buffer(episode: OracleEpisode) -> Any:
    slips = (episode.labels != episode.actions).any(1)
    return minari_part("data_collector").EpisodeBuffer(
        seed=episode.seed,
        observations=episode.observations,
        actions=episode.actions,
        rewards=list(episode.rewards),
        terminations=list(episode.terminations),
        truncations=list(episode.truncations),
        infos={
            LABEL: np.concatenate([episode.labels, np.full_like(episode.labels[:1], NONE)]),
            MASK: episode.masks.astype(np.int8),
            SLIP: np.concatenate([slips, [False]]),
        },
    )


def _from_storage(number: int, seed: int, found: dict[str, Any]) -> OracleEpisode:
    return OracleEpisode(
        number=number,
        seed=seed,
        observations=found["observations"],
        masks=found["infos"][MASK].astype(bool),
        labels=found["infos"][LABEL][:-1],
        actions=found["actions"],
        rewards=found["rewards"],
        terminations=found["terminations"],
        truncations=found["truncations"],
    )
