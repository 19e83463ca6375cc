"""An oracle's episodes as a Minari data set. Needs the extra ``minari``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from importlib import metadata
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from editenv_policies.imitation.collect import Plan, play_parts
from editenv_policies.imitation.demonstrations import Demonstrations, Recorder
from editenv_policies.imitation.minari_storage import (
    env_of,
    folder_of,
    read_episodes,
    write_episodes,
)
from editenv_policies.imitation.parts import PartFolder, remove
from editenv_policies.imitation.progress import track

DATA, PARTS, JOINED = "data", ".parts", ".joined"
"""In a data set's folder: what Minari reads; what there is before that, hidden from it."""

DESCRIPTION = """An oracle plays {env_id}. Before {share:g} % of its calls a wrong one is made
(infos['slip']), which is then taken back. actions are the calls that were made; infos['label'] are
the oracle's, which are to be learnt: row t is what is right at observation t, and the last row is
-1, for no call follows the last observation. infos['action_mask'] are the numbers that may be valid
at each observation."""


def default_name(env_id: str) -> str:
    """Return the name of an id's data set: ``"editenv/ImageEdit-v0/oracle-v0"``."""
    return f"editenv/{env_id}/oracle-v0"


def write_minari(name: str, plan: Plan, *, progress: bool = True) -> Iterator[int]:
    """Collect a plan and write it as a data set; yield the number of episodes so far.

    Parts are kept beside the data set until it is complete. A second call with the same plan
    continues after the last part, with the same result as without a stop.

    Args:
        name: of the data set, ``"(namespace/)name-vN"``, below ``MINARI_DATASETS_PATH``.
        plan: what to collect.
        progress: show a bar.

    Raises:
        ValueError: a name that Minari does not accept or that is taken, or another plan was started
            under this name.
        gymnasium.error.DependencyNotInstalled: Minari or h5py is missing.
    """
    folder = folder_of(name)
    if (folder / DATA).exists():
        raise ValueError(f"name={name!r} is taken: {folder} is a data set, use another name")
    kept, spec = PartFolder(folder / PARTS, plan), _spec(plan)
    done = plan.episodes - sum(map(len, kept.missing))
    yield done
    for played in play_parts(plan, kept.missing, progress=progress):
        kept.keep([played[0].number], lambda path, new=played: write_episodes(path, spec, [new]))
        done += len(played)
        yield done
    remove(folder / JOINED)
    storage = write_episodes(folder / JOINED, spec, map(read_episodes, kept.found))
    storage.update_metadata(_about(name, plan))
    os.replace(folder / JOINED, folder / DATA)
    remove(folder / PARTS)


def read_minari(name: str, env_id: str, *, progress: bool = True) -> Demonstrations:
    """Read a data set of ``write_minari`` as input for ``editenv_policies.imitation.train``.

    Args:
        name: of a data set below ``MINARI_DATASETS_PATH``.
        env_id: the id that it must have been collected in.
        progress: show a bar.

    Raises:
        ValueError: no such data set, or one without labels, or of another id.
        gymnasium.error.DependencyNotInstalled: Minari or h5py is missing.
    """
    folder, recorder = folder_of(name), Recorder(Demonstrations)
    if not (folder / DATA).exists():
        raise ValueError(f"name={name!r}: there is no data set in {folder}, collect it first")
    played = env_of(folder / DATA)
    if played != env_id:
        raise ValueError(f"name={name!r} was collected in {played}, not in {env_id}")
    with track(0, "reading", progress) as bar:
        for episode in read_episodes(folder / DATA):
            recorder.add(episode)
            bar.update()
    return recorder.finish()


def _spec(plan: Plan, **arguments: Any) -> EnvSpec:
    """What ``recover_environment`` makes."""
    with closing(gymnasium.make(plan.env_id, **{**plan.arguments, **arguments})) as env:
        assert env.spec is not None
        return env.spec


def _about(name: str, plan: Plan) -> dict[str, Any]:
    """The data set's metadata."""
    return {
        "dataset_id": name,
        "minari_version": metadata.version("minari"),
        "eval_env_spec": _spec(plan, split="test").to_json(),
        "algorithm_name": f"oracle, slip={plan.slip}, seed={plan.seed}",
        "author": {"The editenv authors"},
        "description": DESCRIPTION.format(env_id=plan.env_id, share=100 * plan.slip),
        "requirements": [f"editenv=={metadata.version('editenv')}"],
    }
