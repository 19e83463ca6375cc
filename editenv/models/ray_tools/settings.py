"""What a shared tool can be told, in code and behind its name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from editenv.options import Readers, checked_number, read_query

OWN = "ray."
"""How an option begins that is meant for the actor, and not for the tool in it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a shared tool.

    Attributes:
        batch_size: the most pictures that the tool gets at once, at least 1.
        wait: seconds that a picture may wait for others to share its batch, at least 0.
        queue: the most pictures that may wait, at least 1; one more fails at once.
        timeout: seconds after which a call fails, above 0. The tool's own start is part of it.
        idle: seconds without a call after which the actor ends, above 0; a call starts another.
        num_cpus: that the actor takes from the cluster, at least 0.
        num_gpus: that the actor takes from the cluster, at least 0; fractions share a GPU.

    Raises:
        ValueError: a number that is out of its range.
    """

    batch_size: int = 16
    wait: float = 0.005
    queue: int = 256
    timeout: float = 300.0
    idle: float = 600.0
    num_cpus: float = 0.0
    num_gpus: float = 0.0

    def __post_init__(self) -> None:
        for name in ("batch_size", "queue"):
            checked_number(name, getattr(self, name), int, 1)
        for name in ("wait", "num_cpus", "num_gpus"):
            checked_number(name, getattr(self, name))
        for name in ("timeout", "idle"):
            checked_number(name, getattr(self, name), above=True)

    def same_actor(self, other: Settings) -> bool:
        """Whether both can use one actor: the time-out is each caller's own."""
        return replace(self, timeout=1.0) == replace(other, timeout=1.0)


READERS: Readers = {
    **dict.fromkeys(("batch_size", "queue"), int),
    **dict.fromkeys(("wait", "timeout", "idle", "num_cpus", "num_gpus"), float),
}


def split_name(where: str) -> tuple[str, Settings]:
    """Take the options that begin with ``ray.`` off a tool's name.

    Raises:
        ValueError: an unknown option, one twice, or a value that cannot be read or is out of range.

    >>> split_name("diffusers:FOLDER?steps=4&ray.num_gpus=1")[0]
    'diffusers:FOLDER?steps=4'
    """
    name, _, query = where.rpartition("?") if "?" in where else (where, "", "")
    parts = query.split("&") if query else []
    own = [part.removeprefix(OWN) for part in parts if part.startswith(OWN)]
    others = "&".join(part for part in parts if not part.startswith(OWN))
    settings = Settings(**read_query("&".join(own), READERS, where))
    return (f"{name}?{others}" if others else name), settings
