# pyright: basic
"""The native vector environment in several processes that share one buffer of observations."""

from __future__ import annotations

import multiprocessing
import pickle
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from gymnasium.vector.utils import batch_space, create_shared_memory, read_from_shared_memory

from editenv.envs.actions import checked_actions
from editenv.envs.arguments import check_at_least, check_flag
from editenv.envs.merge import merge_infos
from editenv.envs.observations import Observation
from editenv.envs.resets import Resets
from editenv.envs.setup import EditSetup
from editenv.envs.vector import ImageEditVectorEnv

CLOSE_SECONDS = 5.0
"""How long a worker may take to end before it is killed."""


class WorkerVectorEnv(VectorEnv[Observation, np.ndarray, np.ndarray]):
    """``ImageEditVectorEnv`` cut into shards, each played by a process of its own.

    Seed for seed and action for action it gives what ``ImageEditVectorEnv`` gives. Branches,
    workspaces and episodes live in the workers, so they are not offered here. Each worker counts
    failures for itself: a component is down when it fails ``down_after`` times in a row in one.

    Args:
        arguments: of ``ImageEditEnv``; they must pickle.
        num_envs: how many sub-environments, at least 1.
        num_workers: how many processes, 1 to ``num_envs``.
        copy: whether observations belong to the caller.
        settings: of ``ImageEditVectorEnv``.

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
    """

    def __init__(
        self,
        arguments: dict[str, Any],
        num_envs: int,
        num_workers: int,
        *,
        copy: bool = True,
        **settings: Any,
    ) -> None:
        check_at_least("num_envs", num_envs, 1)
        check_at_least("num_workers", num_workers, 1)
        check_flag("copy", copy)
        if num_workers > num_envs:
            raise ValueError(f"num_workers={num_workers!r} must be at most num_envs={num_envs}")
        if arguments.get("prefetch"):
            raise ValueError(
                f"prefetch={arguments['prefetch']!r} does not go with num_workers={num_workers}: "
                "workers start no processes of their own"
            )
        # Whatever is wrong with the arguments is told here, and not by every worker.
        setup = EditSetup(**arguments)
        try:
            sample = ImageEditVectorEnv(setup, 1, **settings)
        finally:
            setup.close()
        self.num_envs = num_envs
        self.copy = copy
        self.metadata = sample.metadata
        self.render_mode = sample.render_mode
        self.autoreset_mode = sample.autoreset_mode
        self.max_episode_steps = sample.max_episode_steps
        self.single_observation_space = sample.single_observation_space
        self.single_action_space = sample.single_action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._embeddings = sample.action_embeddings()
        self._masks = np.zeros((num_envs, sample.setup.codec.mask_size), np.bool_)
        self._over = np.zeros(num_envs, np.bool_)
        self._has_begun = False
        context = multiprocessing.get_context()
        memory = create_shared_memory(self.single_observation_space, num_envs, context)  # type: ignore[arg-type]
        # Its locks go with it, and a spawned worker looks for them only when it begins.
        self._memory = memory
        self._buffer: Observation = dict(
            read_from_shared_memory(self.single_observation_space, memory, num_envs)
        )
        self._ends = np.linspace(0, num_envs, num_workers + 1).astype(int).tolist()
        self._pipes: list[Connection] = []
        self._processes = []
        for bounds in self._bounds:
            here, there = context.Pipe()
            process = context.Process(
                target=_work,
                args=(there, [*self._pipes, here], memory, num_envs, bounds, arguments, settings),
                daemon=True,
            )
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)

    @property
    def _bounds(self) -> list[tuple[int, int]]:
        return list(zip(self._ends[:-1], self._ends[1:], strict=True))

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """Copies of the generators: the workers do not see what is drawn from them."""
        return self._collect("np_random")

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of each sub-environment's generator."""
        return self._collect("np_random_seed")

    def _collect(self, command: str) -> tuple[Any, ...]:
        shards = self._ask(command, [None] * len(self._pipes))
        return tuple(item for shard in shards for item in shard)

    def action_masks(self) -> np.ndarray:
        """Which numbers may be valid now, (N, ``mask_size``) bool."""
        return self._masks.copy()

    def action_embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Embed what the numbers of an action mean; see ``EditSetup.action_embeddings``."""
        return self._embeddings

    def reset(  # type: ignore[override]
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode in every sub-environment; see ``ImageEditVectorEnv.reset``."""
        resets = Resets.parse(seed, options, self.num_envs)
        if not self._has_begun:
            resets.check_all()
        answers = self._ask("reset", [resets.part(*bounds) for bounds in self._bounds])
        self._has_begun = True
        return self._observation(), self._merge(answers)

    def step(
        self, actions: Any
    ) -> tuple[Observation, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Carry out one call in every sub-environment; see ``ImageEditVectorEnv.step``."""
        actions = checked_actions(self.action_space, actions, self._over)
        answers = self._ask("step", [actions[first:last] for first, last in self._bounds])
        rewards, terminations, truncations = (
            np.concatenate([answer[0][part] for answer in answers]) for part in range(3)
        )
        infos = self._merge([answer[1] for answer in answers])
        return self._observation(), rewards, terminations, truncations, infos

    def _merge(self, infos: list[dict[str, Any]]) -> dict[str, Any]:
        return merge_infos(infos, [last - first for first, last in self._bounds])

    def _observation(self) -> Observation:
        if not self.copy:
            return dict(self._buffer)
        return {key: value.copy() for key, value in self._buffer.items()}

    def render(self) -> tuple[Any, ...] | None:
        """Return a frame of each sub-environment; see ``ImageEditVectorEnv.render``."""
        if self.render_mode is None:
            return None
        return self._collect("render")

    def _ask(self, command: str, arguments: Sequence[Any]) -> list[Any]:
        """Send a command to every worker and wait for all answers."""
        if self.closed:
            raise RuntimeError("the vector environment is closed")
        messages = [ForkingPickler.dumps((command, argument)) for argument in arguments]
        try:
            for pipe, message in zip(self._pipes, messages, strict=True):
                pipe.send_bytes(message)
            answers = [pipe.recv() for pipe in self._pipes]
        except (EOFError, OSError) as error:
            self.close()
            codes = [process.exitcode for process in self._processes]
            raise RuntimeError(f"a worker has died (exit codes {codes})") from error
        except BaseException:
            # Answers that nobody has read would be taken for those of the next step.
            self.close()
            raise
        # Also where one has failed: the others have gone on.
        for (first, last), (_, _, masks, over) in zip(self._bounds, answers, strict=True):
            self._masks[first:last] = masks
            self._over[first:last] = over
        for failed, answer, *_ in answers:
            if failed:
                error, text = answer
                raise error from RuntimeError(f"in a worker:\n{text}")
        return [answer for _, answer, *_ in answers]

    def close_extras(self, **kwargs: Any) -> None:
        """End the workers; kill one that does not end by itself."""
        for pipe in self._pipes:
            try:
                pipe.send(("close", None))
            except OSError:
                pass
            pipe.close()
        for process in self._processes:
            process.join(CLOSE_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def __del__(self) -> None:
        """Workers must not outlive the environment."""
        if not self.closed and hasattr(self, "_processes"):
            self.close()


def _work(
    pipe: Connection,
    parents: Sequence[Connection],
    memory: Any,
    num_envs: int,
    bounds: tuple[int, int],
    arguments: dict[str, Any],
    settings: dict[str, Any],
) -> None:
    """The life of a worker: play the sub-environments from ``bounds[0]`` up to ``bounds[1]``."""
    # A forked process holds the parent's ends too, and would never see them closed.
    for end in parents:
        end.close()
    first, last = bounds
    setup = EditSetup(**arguments)
    whole: Any = read_from_shared_memory(setup.observation_space, memory, num_envs)
    buffer = {key: value[first:last] for key, value in whole.items()}
    envs = ImageEditVectorEnv(setup, last - first, copy=False, buffer=buffer, **settings)
    try:
        while True:
            command, argument = pipe.recv()
            if command == "close":
                break
            try:
                failed, answer = False, _answer(envs, command, argument)
            except Exception as error:
                failed, answer = True, (_sendable(error), traceback.format_exc())
            pipe.send((failed, answer, envs.action_masks(), envs.over))
    except (EOFError, OSError, KeyboardInterrupt):
        pass  # The parent is gone, or the user wants to stop.
    finally:
        setup.close()


def _sendable(error: Exception) -> Exception:
    """The error, or what it says where it does not survive the way to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _answer(envs: ImageEditVectorEnv, command: str, argument: Any) -> Any:
    if command == "render":
        return envs.render()
    if command in ("np_random", "np_random_seed"):
        return getattr(envs, command)
    if command == "step":
        _, *numbers, infos = envs.step(argument)
        return numbers, infos
    seed, options = argument
    return envs.reset(seed=seed, options=options)[1] if options["reset_mask"].any() else {}
