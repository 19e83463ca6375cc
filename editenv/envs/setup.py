"""What the arguments of an environment build: shared by all sub-environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from reprlib import repr as shortened
from typing import Any, cast

import gymnasium
import numpy as np

from editenv.closing import Closers
from editenv.encoders import TextEncoder, make_encoder, make_image_encoder
from editenv.envs.actions import ActionCodec, embed_actions
from editenv.envs.arguments import (
    MOST_HISTORY,
    MOST_SLOTS,
    MOST_STEPS,
    MOST_TOKENS,
    check_flag,
    check_up_to,
    parse_size,
)
from editenv.envs.episode import Episode
from editenv.envs.observations import ObservationBuilder
from editenv.failure import DOWN_AFTER, Failure, FailureError, FailureLog
from editenv.grounders import Grounder, make_grounder
from editenv.judges import Judge, check_fit, make_judge
from editenv.perception import Perception
from editenv.rewards import Reward, make_reward
from editenv.tasks import TaskPool, TaskSource, make_tasks
from editenv.tasks.checks import check_task
from editenv.tasks.prefetch import PrefetchedTasks
from editenv.tools import Tool, make_tools
from editenv.tools.cache import EditCache
from editenv.tools.cache.cached_tool import cached_tools
from editenv.tools.cache.factory import make_edit_cache
from editenv.tools.cost import CostLimit, make_cost_limit
from editenv.tools.run import is_prompted
from editenv.types import EditTask, Region, ToolCall
from editenv.workspace import Workspace

IMAGE_SIZE = 128
"""Default side of the picture. At 64 pixels nobody can name a third of the things; see
``benchmarks/README.md``."""

SLOTS = 10
"""Default of ``slots``: the whole image, the background, up to five things, and distractors."""

MAX_STEPS = 8
"""Default of ``max_steps``."""

OPTIONS = ("task",)
"""Keys of ``options`` in ``reset``."""


class EditSetup:
    """Tasks, tools, grounder, reward, spaces and encoders of one environment or a vector of them.

    The arguments are those of ``ImageEditEnv``, where they are described.

    Raises:
        ValueError: a wrong argument, by name, with the accepted values.
    """

    def __init__(
        self,
        tasks: str | TaskSource = "mixed",
        *,
        split: str = "train",
        material: str = "photo",
        image_size: int | Sequence[int] = IMAGE_SIZE,
        tools: str | Sequence[str | Tool] = "objects",
        edit_cache: str | EditCache | None = "auto",
        task_pool: int | None = None,
        prefetch: int = 0,
        slots: int = SLOTS,
        grounder: str | Grounder | None = None,
        region_labels: bool = False,
        region_embeddings: bool = True,
        encoder: str | TextEncoder = "static",
        max_tokens: int = 48,
        instruction_format: str = "tokens",
        action_format: str = "multi_discrete",
        reward: str | Mapping[str, float] | Reward | None = None,
        judge: str | Mapping[str, float] | Judge | None = None,
        budget: Mapping[str, float] | CostLimit | None = None,
        down_after: int = DOWN_AFTER,
        history_length: int = 4,
        max_steps: int = MAX_STEPS,
        on_error: str = "raise",
    ) -> None:
        height, width = parse_size(image_size)
        check_up_to("slots", slots, MOST_SLOTS)
        check_up_to("max_tokens", max_tokens, MOST_TOKENS)
        check_up_to("history_length", history_length, MOST_HISTORY)
        check_up_to("max_steps", max_steps, MOST_STEPS)
        check_flag("region_labels", region_labels)
        check_flag("region_embeddings", region_embeddings)
        self.tasks = make_tasks(
            tasks, split=split, height=height, width=width, on_error=on_error, material=material
        )
        if task_pool is not None:
            self.tasks = TaskPool(self.tasks, task_pool)
        self._closers = Closers()
        if prefetch != 0:
            self.tasks = self._closers.part(prefetch, PrefetchedTasks(self.tasks, prefetch))
        self.limit = make_cost_limit(budget)
        self.failures = FailureLog(down_after)
        self._grounder_failure: Failure | None = None
        self.size = (height, width)
        self.slots = slots
        self.max_steps = max_steps
        with self._closers.on_error():
            self.tools = self._closers.tools(
                tools, cached_tools(make_tools(tools), make_edit_cache(edit_cache))
            )
            if grounder is None:
                grounder = "scene" if region_labels else "proposals"
            self.grounder = self._closers.part(grounder, make_grounder(grounder))
            self.judge = None if judge is None else self._closers.part(judge, make_judge(judge))
            default = "shaped" if judge is None else "judged"
            self.reward = make_reward(default if reward is None else reward)
            self._check_judge(reward)
            self._draws_seeds = any(map(is_prompted, self.tools))
            self.codec = ActionCodec(self.tools, slots, action_format)
            self.encoder = make_encoder(encoder)
            self.perception = Perception(make_image_encoder(encoder, self.encoder))
            self.observations = ObservationBuilder(
                height=height,
                width=width,
                slots=slots,
                encoder=self.encoder,
                instruction_format=instruction_format,
                max_tokens=max_tokens,
                history_length=history_length,
                max_steps=max_steps,
                nvec=self.codec.nvec,
                names=self.codec.names,
                limit=self.limit,
                perception=self.perception if region_embeddings else None,
                region_labels=region_labels,
            )
        self.privileged = region_labels or getattr(self.grounder, "privileged", False)
        self.action_space: gymnasium.Space[Any] = self.codec.space()
        self.observation_space: gymnasium.Space[Any] = self.observations.space()

    def action_embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Embed what the numbers of an action mean, with the encoder of the instruction.

        Returns:
            (C, D) float32, the calls' names, and (C, O, D) float32, the names of each call's
            options: what a policy needs that finds tools and options by their words. Options
            repeat where a tool has fewer than O; those of ``undo`` and ``submit`` are zeros.
        """
        return embed_actions(self.codec, self.encoder)

    def start(self, rng: np.random.Generator, wanted: Any = None) -> Episode:
        """Start an episode.

        Args:
            rng: source of all randomness.
            wanted: None for a task of the source, an ``EditTask``, or an index of the source.

        Raises:
            ValueError: a task of the wrong type or size, or one that the judge can never score.
            IndexError: an index that the source does not have.
        """
        task = self._choose_task(rng, wanted)
        if self.judge is not None:
            check_fit(self.judge, task)
        failure = None
        try:
            regions = self.grounder.propose(task, rng, self.slots)
        except FailureError as error:
            failure = self._grounder_failure = error.failure
            self.failures.failed(failure)
            regions = (Region.whole(*self.size), *([None] * (self.slots - 1)))
        else:
            self._note_grounder()
        # Drawn only where it is needed: other environments keep the tasks of their seeds.
        seed = int(rng.integers(2**31)) if self._draws_seeds else 0
        workspace = Workspace(
            task, self.tools, regions, seed=seed, limit=self.limit, perception=self.perception
        )
        if failure is not None:
            workspace.fail(failure)
        if isinstance(self.tasks, PrefetchedTasks):
            # Nothing is drawn from the generator until the next episode.
            self.tasks.expect(rng)
        return Episode(workspace, privileged=self.privileged)

    def _note_grounder(self) -> None:
        if self._grounder_failure is not None:
            self.failures.succeeded(self._grounder_failure.component)
            self._grounder_failure = None

    def close(self) -> None:
        """Close what was built from names: models are freed, connections closed."""
        self._closers.close()

    def _check_judge(self, reward: Any) -> None:
        if self.judge is None and self.reward.weights.get("judge"):
            raise ValueError(f"reward={reward!r} has the term 'judge', which needs judge=")

    def _choose_task(self, rng: np.random.Generator, wanted: Any) -> EditTask:
        if wanted is None:
            task = self.tasks.sample(rng)
        elif isinstance(wanted, EditTask):
            task = wanted
        elif isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
            task = self.tasks[int(cast(int, wanted))]
        else:
            given = shortened(wanted)
            raise ValueError(f"options['task']={given} must be an EditTask or an index")
        check_task(task, self.size)
        return task


class SetupViews:
    """What an environment says of its setup, single or vector.

    Attributes:
        setup: all that does not change from episode to episode.
    """

    setup: EditSetup

    @property
    def tasks(self) -> TaskSource:
        """Where the tasks come from."""
        return self.setup.tasks

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools, in the order of the action's first number."""
        return self.setup.tools

    @property
    def call_names(self) -> tuple[str, ...]:
        """Names of the calls by the action's first number."""
        return self.setup.codec.names

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """All calls that can ever be valid, by the number of the ``"discrete"`` format."""
        return self.setup.codec.calls

    def action_embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Embed what the numbers of an action mean; see ``EditSetup.action_embeddings``."""
        return self.setup.action_embeddings()
