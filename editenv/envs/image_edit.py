"""The single-agent environment: one coordinator decides tool, region and option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.error import InvalidAction

from editenv.encoders import TextEncoder
from editenv.envs.arguments import check_at_least, check_options
from editenv.envs.episode import Episode, play
from editenv.envs.observations import Observation
from editenv.envs.rendering import METADATA
from editenv.envs.setup import (
    IMAGE_SIZE,
    MAX_STEPS,
    OPTIONS,
    SLOTS,
    EditSetup,
    SetupViews,
)
from editenv.envs.vector import ImageEditVectorEnv, branch_of
from editenv.envs.window import Screen
from editenv.failure import DOWN_AFTER
from editenv.grounders import Grounder
from editenv.judges import Judge
from editenv.rewards import Reward
from editenv.tasks import TaskSource
from editenv.tools import Tool
from editenv.tools.cache import EditCache
from editenv.tools.cost import CostLimit
from editenv.transition import Transition
from editenv.types import EditTask, ToolCall
from editenv.workspace import Workspace


class ImageEditEnv(SetupViews, gymnasium.Env[Observation, Any]):
    """Edit a photo as a user asks, one tool call at a time.

    ## Description
    A user gives a photo and an instruction. In every step the agent chooses a tool, the region
    it works on and one of the tool's options; the engine applies it to the canvas. Calling
    ``submit`` hands the picture in. The task is solved when every edit that the user asked for is
    done and nothing else has visibly changed. The environment follows *ImageEdit-R1: Boosting
    Multi-Agent Image Editing via Reinforcement Learning*, with the coordinator's decisions as
    actions.

    ## Instruction Space
    English, one to about five sentences, generated from a grammar with at least 20 surface forms
    an edit. The agent sees token embeddings; the words are in ``info["instruction"]`` and
    ``env.unwrapped.task.instruction``.

    ## Action Space
    ``MultiDiscrete([calls, regions, options])``: the tools in the order of
    ``env.unwrapped.call_names``, which ends with ``undo`` and ``submit`` (their region and option
    are ignored); the region slot (0 is the whole image); the option, modulo the number of options
    that the tool has. With
    ``action_format="discrete"``, one number among all triples that can ever be valid,
    ``env.unwrapped.calls``. An invalid call changes nothing and costs a penalty.

    ## Observation Space
    A ``Dict``. H, W: size of the picture; L: ``max_tokens``; D: dimension of the encoder; R:
    ``slots``; K: ``history_length``.

    | Key | Shape, dtype | Range | Content |
    |---|---|---|---|
    | `image` | (H, W, 3) uint8 | 0 to 255 | the canvas |
    | `instruction` | (L, D) float32, pooled: (D,) | | token embeddings, zero-padded |
    | `instruction_mask` | (L,) int8 | 0, 1 | real tokens (not with `pooled`) |
    | `regions` | (R, 6) float32 | 0 to 1 | proposals: box, area, present |
    | `region_embeddings` | (R, D) float32 | | each proposal's pixels, in the space of the words |
    | `history` | (K, 3) int32 | -1 to largest | last calls, newest last, -1 where none |
    | `steps_left` | (1,) float32 | 0 to 1 | share of `max_steps` that is left |
    | `budget_left` | (2,) float32 | 0 to 1 | of seconds and money (only with `budget`) |

    Nothing is told that must be seen. Regions are class-agnostic proposals of the picture as it is
    now, with distractors among them: parts, pairs, pieces of background. They carry no name and no
    colour and stand in random order. ``region_embeddings`` come from the pixels alone, through a
    small image–text encoder (``docs/perception.md``); ``region_embeddings=False`` leaves them out.
    With ``region_labels=True`` the agent is *privileged*: regions are exact, without distractors,
    their names are embedded in ``region_embeddings``, ``regions`` is (R, 9) with the mean colour
    before ``present``, and ``info["privileged"]`` is True.

    ## Rewards
    A weighted sum of named terms, each in ``info["reward_terms"]``. The preset ``"shaped"``:

    | Term | Weight | Value |
    |---|---|---|
    | `distance` | 0.25 | decrease of the distance to the target, share of the source's distance |
    | `sub_edits` | 1.0 | change in the share of sub-edits that are done |
    | `plan` | 1.0 | how much nearer the call came to the reference plan than any before |
    | `collateral` | 0.1 | decrease of the share of pixels that changed though they should not |
    | `step` | 0.01 | -1 a step |
    | `invalid` | 0.1 | -1 for an invalid call |
    | `submit` | 1.0 | 1 for handing in solved work, -0.1 for anything else |

    Undiscounted, `distance`, `sub_edits` and `collateral` add up over an episode to what the last
    picture is better than the first, by whatever way; they are no shaping in the sense of Ng et al.
    (1999), see ``editenv.rewards.terms``.

    The preset ``"sparse"`` has `submit` only; ``"judged"``, the default where there is a judge, has
    `judge` (weight 1.0: what the judge says of the picture that is handed in, 0 to 1), `step` and
    `invalid`. A mapping of weights by term is accepted too; it may have `seconds` and `money`, the
    negated costs of the call.

    ## Starting State
    A task drawn from the source with the environment's generator; the same seed gives the same
    task. ``reset(options={"task": task})`` takes an ``EditTask``, or an index of the source.

    ## Episode End
    *Termination:* the agent submits.
    *Truncation:* the step limit of the registered id (``gymnasium.wrappers.TimeLimit``); a tool, a
    grounder or a judge that failed. Then ``info["failure"]`` says which, the reward is 0 and
    ``reward_terms`` is empty: such an episode is to be left out, not learned from.

    ## Information
    ``reset`` and ``step`` return

    | Key | Type | Content |
    |---|---|---|
    | `instruction` | str | the user's words |
    | `action_mask` | int8, (sum(nvec),) or (n,) | numbers that may be valid now |
    | `invalid` | str | why the call did nothing, empty when it was valid |
    | `reward_terms` | dict of float | weighted terms; they add up to the reward |
    | `checklist` | tuple of bool | which sub-edits are done |
    | `is_success` | bool | solved work was handed in |
    | `cost` | dict of float | `seconds`, `money` of all edits so far, `memory` of the largest |
    | `privileged` | bool | True; only where names or the ground truth are told |
    | `failure` | dict | `kind`, `component`, `attempts`; only where something failed |
    | `judge` | dict | `score` (0 to 10), `variance`, `votes`, `parts`; only where it was asked |
    | `edit_cache` | dict | `hits`, `misses`, `hit_rate` so far; only where a tool is cached |

    ## Arguments
    >>> import gymnasium, editenv
    >>> env = gymnasium.make("ImageEdit-Direct-v0", split="test", reward="sparse")
    >>> observation, info = env.reset(seed=0)
    >>> observation["image"].shape
    (128, 128, 3)
    >>> env.close()

    | Parameter | Type | Default | Description |
    |---|---|---|---|
    | `tasks` | str or TaskSource | `"mixed"` | name, data set, `"folder:PATH"` or a source |
    | `split` | str | `"train"` | or `"validation"`, `"test"`, `"novel"` (names never shown) |
    | `material` | str | `"photo"` | of generated scenes; or `"emoji"`, `"folder:PATH"` |
    | `image_size` | int or (H, W) | 128 | size of the picture, 32 to 1024 pixels a side |
    | `tools` | str or sequence | `"objects"` | preset, or names, `"KIND:WHERE"`, Tool objects |
    | `edit_cache` | str or EditCache | `"auto"` | or `"off"`, `"disk:FOLDER"`, an object |
    | `task_pool` | int or None | None | draw from so many tasks of the source, kept in memory |
    | `prefetch` | int | 0 | processes that draw the next tasks of an endless source |
    | `slots` | int | 10 | region slots, the whole image included |
    | `grounder` | str or Grounder | None | `"pixels"`, ...; None: `"proposals"` |
    | `region_labels` | bool | False | tell the regions' names and colours: privileged |
    | `region_embeddings` | bool | True | whether the observation has them |
    | `encoder` | str or TextEncoder | `"static"` | `"static"`, `"transformers:FOLDER"`, ... |
    | `max_tokens` | int | 48 | tokens of the instruction that are seen |
    | `instruction_format` | str | `"tokens"` | `"tokens"` or `"pooled"` |
    | `action_format` | str | `"multi_discrete"` | or `"discrete"` |
    | `reward` | str, mapping or Reward | None | preset or weights by term; None: `"shaped"` |
    | `judge` | str, mapping or Judge | None | scores what is handed in: ``editenv.judges`` |
    | `budget` | mapping or None | None | most `seconds`, `money`, `memory` of an episode's edits |
    | `down_after` | int | 20 | failures of a component in a row that stop the run |
    | `history_length` | int | 4 | calls in the observation |
    | `max_steps` | int | 8 | what `steps_left` counts; it ends nothing: `max_episode_steps` does |
    | `on_error` | str | `"raise"` | bad entries of a folder: `"raise"` or `"skip"` |
    | `render_mode` | str or None | None | `"rgb_array"`, `"human"` or `"ansi"` |

    Every wrong argument raises a ``ValueError`` that names it and the accepted values.
    ``docs/real_parts.md`` has real editors, detectors, judges and data sets.

    ## Registered Configurations
    ``ImageEdit-v0``, ``ImageEdit-Direct-v0``, ``ImageEdit-MultiStep-v0``,
    ``ImageEdit-Indirect-v0``, ``ImageEdit-Retouch-v0``, ``ImageEdit-Restore-v0`` and
    ``ImageEdit-Complex-v0``; see ``editenv.registration``.

    ## Vectorized environment
    ``gymnasium.make_vec(id, num_envs)`` gives ``ImageEditVectorEnv``: the same bytes as single
    environments, with tools called on batches and only what changed written anew. Its own
    arguments are ``autoreset_mode``, ``copy`` and ``num_workers``; see
    ``editenv.envs.make_vector.make_vector_env``. ``vectorization_mode="sync"`` and ``"async"``
    work too. ``env.unwrapped.branch(n)`` gives n copies of the present state.

    ## Version History
    * v0: initial version.
    """

    metadata: ClassVar[dict[str, Any]] = METADATA

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
        render_mode: str | None = None,
    ) -> None:
        self._screen = Screen(render_mode, self.metadata)
        self.render_mode = render_mode
        self.setup = EditSetup(
            tasks,
            split=split,
            material=material,
            image_size=image_size,
            tools=tools,
            edit_cache=edit_cache,
            task_pool=task_pool,
            prefetch=prefetch,
            slots=slots,
            grounder=grounder,
            region_labels=region_labels,
            region_embeddings=region_embeddings,
            encoder=encoder,
            max_tokens=max_tokens,
            instruction_format=instruction_format,
            action_format=action_format,
            reward=reward,
            judge=judge,
            budget=budget,
            down_after=down_after,
            history_length=history_length,
            max_steps=max_steps,
            on_error=on_error,
        )
        self.action_space = self.setup.action_space
        self.observation_space = self.setup.observation_space
        self._episode: Episode | None = None

    @property
    def episode(self) -> Episode:
        """The running episode.

        Raises:
            RuntimeError: before the first reset.
        """
        if self._episode is None:
            raise RuntimeError("call reset() first: there is no task yet")
        return self._episode

    @property
    def workspace(self) -> Workspace:
        """The engine of the running episode.

        Raises:
            RuntimeError: before the first reset.
        """
        return self.episode.workspace

    @property
    def task(self) -> EditTask:
        """The task of the running episode, ground truth included."""
        return self.workspace.task

    @property
    def reward_terms(self) -> dict[str, float]:
        """The weighted terms of the last call's reward, a copy; empty before the first call."""
        return dict(self._episode.reward_terms) if self._episode else {}

    def encode(self, call: ToolCall) -> Any:
        """Turn a tool call into an action of this environment's space."""
        return self.setup.codec.encode(call)

    def decode(self, action: Any) -> ToolCall:
        """Turn an action into the tool call that ``step`` would carry out."""
        return self.setup.codec.decode(action)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: reseeds the generator; the same seed gives the same task.
            options: ``{"task": task}`` with an ``EditTask`` or an index into the source.

        Raises:
            ValueError: a task of the wrong type or size or with a field that cannot be used, or
                an unknown option.
            IndexError: an index that the source does not have.
        """
        wanted = check_options(options, OPTIONS).get("task")
        super().reset(seed=seed)
        self._episode = self.setup.start(self.np_random, wanted)
        if self.render_mode == "human":
            self.render()
        return self.observe(), self._info()

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Carry out one call.

        Raises:
            InvalidAction: the action is not in the action space.
            RuntimeError: before the first reset.
            ComponentDown: a tool or the judge failed too often in a row.
        """
        if not self.setup.codec.contains(action):
            raise InvalidAction(f"action={action!r} is not in {self.action_space}")
        self.apply_call(self.setup.codec.decode(action))
        episode = self.episode
        return (
            self.observe(),
            episode.reward,
            episode.terminated,
            episode.failed,
            self._info(),
        )

    def apply_call(self, call: ToolCall) -> Transition:
        """Do what ``step`` does with a call, without looking at the result.

        For environments that make several calls before anyone looks: the reward's terms are then
        in ``reward_terms``, the observation in ``observe()``.

        Raises:
            RuntimeError: before the first reset.
            ComponentDown: a tool or the judge failed too often in a row.
        """
        (transition,) = play(self.setup, [self.episode], [call])
        if self.render_mode == "human":
            self.render()
        return transition

    def action_masks(self) -> np.ndarray:
        """Which numbers may be valid now, bool: what sb3-contrib's MaskablePPO asks for."""
        return self.setup.codec.mask(self.workspace).astype(bool)

    def observe(self) -> Observation:
        """Build the observation of this moment; its arrays belong to the caller."""
        return self.setup.observations.build(self.workspace)

    def _info(self) -> dict[str, Any]:
        return {**self.summary(), "action_mask": self.setup.codec.mask(self.workspace)}

    def summary(self) -> dict[str, Any]:
        """Return what ``info`` says of this moment, without the mask."""
        return self.episode.summary()

    def branch(self, count: int, *, max_episode_steps: int | None = None) -> ImageEditVectorEnv:
        """Return a vector environment of copies of the present state.

        For groups of rollouts from one state, counterfactuals and search. Pictures are shared,
        none is copied; nothing that happens in a branch is seen here; see also
        ``ImageEditVectorEnv.branch``.

        Args:
            count: how many copies, at least 1.
            max_episode_steps: a branch is truncated after so many calls, those made so far
                included; None takes ``max_steps``. Gymnasium does not tell this environment of a
                limit that was given to ``gymnasium.make``: pass ``env.spec.max_episode_steps``.

        Raises:
            ValueError: fewer than one copy, or a limit below 1.
            RuntimeError: before the first reset.
        """
        check_at_least("count", count, 1)
        limit = self.setup.max_steps if max_episode_steps is None else max_episode_steps
        return branch_of(
            self.setup,
            [self.episode] * count,
            [self.np_random] * count,
            max_episode_steps=limit,
            render_mode=self.render_mode,
        )

    def render(self) -> Any:
        """Show the canvas beside the source, with instruction, last call and reward.

        Returns:
            ``rgb_array``: (H', W', 3) uint8; ``ansi``: str; otherwise None.
        """
        return self._screen.render(lambda: self.episode.frame(), lambda: self.episode.text())

    def close(self) -> None:
        """Close the window, and what was built from names: models and connections."""
        self.setup.close()
        self._screen.close()
