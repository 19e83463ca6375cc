"""The vector entry point of every registered id."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from editenv.envs.arguments import check_at_least
from editenv.envs.setup import MAX_STEPS, EditSetup
from editenv.envs.vector import ImageEditVectorEnv
from editenv.envs.workers import WorkerVectorEnv


def make_vector_env(
    num_envs: int,
    *,
    num_workers: int = 0,
    max_episode_steps: int | None = None,
    autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
    copy: bool = True,
    render_mode: str | None = None,
    **arguments: Any,
) -> ImageEditVectorEnv | WorkerVectorEnv:
    """Build the native vector environment.

    Args:
        num_envs: number of sub-environments, at least 1.
        num_workers: 0 runs them in this process. Otherwise this many processes run them and
            write observations into shared memory: worth it if the tools are heavy and cores
            are free; ``benchmarks/README.md`` has figures.
        max_episode_steps: step limit of each; None for that of the id (``max_steps``), -1 for
            none, as in ``gymnasium.make``.
        autoreset_mode: see ``ImageEditVectorEnv``.
        copy: see ``ImageEditVectorEnv``.
        render_mode: None, ``"rgb_array"`` or ``"ansi"``.
        arguments: of ``ImageEditEnv``.

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
    """
    if max_episode_steps is None:
        max_episode_steps = arguments.get("max_steps", MAX_STEPS)
    settings: dict[str, Any] = {
        "max_episode_steps": None if max_episode_steps == -1 else max_episode_steps,
        "autoreset_mode": autoreset_mode,
        "copy": copy,
        "render_mode": render_mode,
    }
    check_at_least("num_workers", num_workers, 0)
    if num_workers:
        return WorkerVectorEnv(arguments, num_envs, num_workers, **settings)
    setup = EditSetup(**arguments)
    try:
        return ImageEditVectorEnv(setup, num_envs, owns_setup=True, **settings)
    except BaseException:
        setup.close()
        raise
