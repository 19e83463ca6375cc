"""The command ``editenv doctor``: what is installed, whether it works, and how to fix it."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from importlib.util import find_spec

import gymnasium
import numpy as np
from packaging.requirements import Requirement

DESCRIPTION = """Report versions, extras, devices, the material that comes with the package, and the
digest of a seeded episode. The exit status is 1 if a requirement of the package itself is
missing."""

DIGEST_CALLS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command takes no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """Carry the command out and return its exit status."""
    print(f"editenv {version('editenv')}")
    print(f"Python {platform.python_version()}, {platform.platform()}")
    missing = [requirement for requirement in needed("") if installed(requirement) is None]
    for requirement in needed(""):
        print(f"  {requirement} {installed(requirement) or 'is missing'}")
    if missing:
        print(f"fix it with: pip install {' '.join(missing)}")
        return 1
    print("\nextras")
    for extra in extras():
        print(f"  {extra:9} {state_of(extra)}")
    print(f"\ndevices  {', '.join(devices())}")
    print(f"material {material()}")
    print(f"episode  {episode_digest()} (ImageEdit-v0, seed 0; equal on equal machines)")
    return 0


def extras() -> list[str]:
    """Names of the package's extras."""
    return metadata("editenv").get_all("Provides-Extra") or []


def needed(extra: str) -> list[str]:
    """Names of the packages that editenv itself (``""``) or one of its extras needs."""
    found: list[str] = []
    for requirement in map(Requirement, requires("editenv") or []):
        of_extra = bool(requirement.marker) and not _applies(requirement, "")
        if not _applies(requirement, extra) or (extra and not of_extra):
            continue
        if requirement.name == "editenv":
            found += [name for other in requirement.extras for name in needed(other)]
        else:
            found.append(requirement.name)
    return list(dict.fromkeys(found))


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def installed(requirement: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return version(requirement)
    except PackageNotFoundError:
        return None


def state_of(extra: str) -> str:
    """Whether an extra is complete, or what it lacks."""
    missing = [requirement for requirement in needed(extra) if installed(requirement) is None]
    if not missing:
        return "ready"
    return f"lacks {', '.join(missing)}: pip install 'editenv[{extra}]'"


def devices() -> Iterator[str]:
    """The devices that models can run on."""
    yield f"{os.cpu_count()} processors"
    if find_spec("torch") is None:
        return
    import torch

    for number in range(torch.cuda.device_count()):
        yield torch.cuda.get_device_name(number)
    if torch.backends.mps.is_available():
        yield "Apple GPU"


def material() -> str:
    """The number of things and photographs that come with the package."""
    from editenv.material import load_backgrounds, load_cutouts
    from editenv.tasks import SPLITS

    things = {sprite.name for split in SPLITS for sprite in load_cutouts(split)}
    photographs = {piece.photo for split in SPLITS for piece in load_backgrounds(split)}
    return f"{len(things)} kinds of things, {len(photographs)} photographs"


def episode_digest() -> str:
    """A hash of a seeded episode: machines with the same hash give the same episodes."""
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True)
    hashed = hashlib.sha256()
    observation, _ = env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(DIGEST_CALLS):
        hashed.update(np.ascontiguousarray(observation["image"]).tobytes())
        observation, reward, *_ = env.step(env.action_space.sample())
        hashed.update(np.float32(reward).tobytes())
    env.close()
    return hashed.hexdigest()[:16]
