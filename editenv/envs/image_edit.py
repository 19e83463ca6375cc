"""The single-agent environment: one coordinator decides tool, region and option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.error import InvalidAction

from editenv.encoders import TextEncoder, make_encoder
from editenv.envs.actions import ActionCodec, embed_actions
from editenv.envs.observations import ObservationBuilder
from editenv.envs.rendering import Window, render_frame, render_text
from editenv.grounders import Grounder, make_grounder
from editenv.rewards import Reward, make_reward
from editenv.tasks import TaskSource, make_tasks
from editenv.tools import Tool, make_tools
from editenv.tools.cache import EditCache, cache_info, cached_tools, make_edit_cache
from editenv.types import EditTask, ToolCall
from editenv.workspace import Transition, Workspace

Observation = dict[str, np.ndarray]

IMAGE_SIZES = (32, 1024)
"""Smallest and largest side of the picture, in pixels."""


class ImageEditEnv(gymnasium.Env[Observation, Any]):
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
    | `regions` | (R, 9) float32 | 0 to 1 | box, area, mean colour, present |
    | `region_embeddings` | (R, D) float32 | | each region's label, embedded |
    | `history` | (K, 3) int32 | -1 to largest | last calls, newest last, -1 where none |
    | `steps_left` | (1,) float32 | 0 to 1 | share of the step limit left |

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

    The preset ``"sparse"`` has `submit` only. A mapping of weights by term is accepted too.

    ## Starting State
    A task drawn from the source with the environment's generator; the same seed gives the same
    task. ``reset(options={"task": task})`` takes an ``EditTask``, or an index of the source.

    ## Episode End
    *Termination:* the agent submits.
    *Truncation:* the step limit of the registered id (``gymnasium.wrappers.TimeLimit``).

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
    | `edit_cache` | dict | `hits`, `misses`, `hit_rate` so far; only where a tool is cached |

    ## Arguments
    >>> import gymnasium, editenv
    >>> env = gymnasium.make("ImageEdit-Direct-v0", split="test", reward="sparse")
    >>> observation, info = env.reset(seed=0)
    >>> observation["image"].shape
    (64, 64, 3)
    >>> env.close()

    | Parameter | Type | Default | Description |
    |---|---|---|---|
    | `tasks` | str or TaskSource | `"mixed"` | registered name, `"folder:PATH"` or a source |
    | `split` | str | `"train"` | `"train"`, `"validation"` or `"test"` |
    | `image_size` | int or (H, W) | 64 | size of the picture, 32 to 1024 pixels a side |
    | `tools` | str or sequence | `"objects"` | preset, or names and Tool objects |
    | `edit_cache` | str or EditCache | `"auto"` | or `"off"`, `"disk:FOLDER"`, an object |
    | `slots` | int | 8 | region slots, the whole image included |
    | `grounder` | str or Grounder | `"scene"` | `"scene"`, `"noisy"`, `"pixels"` or an object |
    | `encoder` | str or TextEncoder | `"static"` | `"static"`, `"transformers:FOLDER"`, ... |
    | `max_tokens` | int | 48 | tokens of the instruction that are seen |
    | `instruction_format` | str | `"tokens"` | `"tokens"` or `"pooled"` |
    | `action_format` | str | `"multi_discrete"` | or `"discrete"` |
    | `reward` | str, mapping or Reward | `"shaped"` | preset or weights by term |
    | `history_length` | int | 4 | calls in the observation |
    | `max_steps` | int | 8 | budget behind `steps_left` where no spec gives a limit |
    | `on_error` | str | `"raise"` | bad entries of a folder: `"raise"` or `"skip"` |
    | `render_mode` | str or None | None | `"rgb_array"`, `"human"` or `"ansi"` |

    Every wrong argument raises a ``ValueError`` that names it and the accepted values.

    ## Registered Configurations
    ``ImageEdit-v0``, ``ImageEdit-Direct-v0``, ``ImageEdit-MultiStep-v0``,
    ``ImageEdit-Indirect-v0``, ``ImageEdit-Retouch-v0``, ``ImageEdit-Restore-v0`` and
    ``ImageEdit-Complex-v0``; see ``editenv.registration``.

    ## Vectorized environment
    ``gymnasium.make_vec(id, num_envs, vectorization_mode="sync")`` or ``"async"``.

    ## Version History
    * v0: initial version.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["rgb_array", "human", "ansi"],
        "render_fps": 4,
    }

    def __init__(
        self,
        tasks: str | TaskSource = "mixed",
        *,
        split: str = "train",
        image_size: int | Sequence[int] = 64,
        tools: str | Sequence[str | Tool] = "objects",
        edit_cache: str | EditCache | None = "auto",
        slots: int = 8,
        grounder: str | Grounder = "scene",
        encoder: str | TextEncoder = "static",
        max_tokens: int = 48,
        instruction_format: str = "tokens",
        action_format: str = "multi_discrete",
        reward: str | Mapping[str, float] | Reward = "shaped",
        history_length: int = 4,
        max_steps: int = 8,
        on_error: str = "raise",
        render_mode: str | None = None,
    ) -> None:
        height, width = _parse_size(image_size)
        check_at_least("slots", slots, 1)
        check_at_least("max_tokens", max_tokens, 1)
        check_at_least("history_length", history_length, 1)
        check_at_least("max_steps", max_steps, 1)
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            accepted = [None, *self.metadata["render_modes"]]
            raise ValueError(f"render_mode={render_mode!r} is unknown: choose from {accepted}")
        self.render_mode = render_mode
        self.tasks = make_tasks(tasks, split=split, height=height, width=width, on_error=on_error)
        self.tools = cached_tools(make_tools(tools), make_edit_cache(edit_cache))
        self.grounder = make_grounder(grounder)
        self.reward = make_reward(reward)
        self._size = (height, width)
        self._slots = slots
        self._max_steps = max_steps
        self._codec = ActionCodec(self.tools, slots, action_format)
        self._encoder = make_encoder(encoder)
        self._observations = ObservationBuilder(
            height=height,
            width=width,
            slots=slots,
            encoder=self._encoder,
            instruction_format=instruction_format,
            max_tokens=max_tokens,
            history_length=history_length,
            nvec=self._codec.nvec,
            names=self._codec.names,
        )
        self.action_space = self._codec.space()
        self.observation_space: gymnasium.Space[Any] = self._observations.space()
        self._workspace: Workspace | None = None
        self._last: Transition | None = None
        self._reward_terms: dict[str, float] = {}
        self._window: Window | None = None

    @property
    def call_names(self) -> tuple[str, ...]:
        """Names of the calls by the action's first number."""
        return self._codec.names

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """All calls that can ever be valid, by the number of the ``"discrete"`` format."""
        return self._codec.calls

    @property
    def workspace(self) -> Workspace:
        """The engine of the running episode.

        Raises:
            RuntimeError: before the first reset.
        """
        if self._workspace is None:
            raise RuntimeError("call reset() first: there is no task yet")
        return self._workspace

    @property
    def task(self) -> EditTask:
        """The task of the running episode, ground truth included."""
        return self.workspace.task

    @property
    def reward_terms(self) -> dict[str, float]:
        """The weighted terms of the last call's reward, a copy; empty before the first call."""
        return dict(self._reward_terms)

    def action_embeddings(self) -> tuple[np.ndarray, np.ndarray]:
        """Embed what the numbers of an action mean, with the encoder of the instruction.

        Returns:
            (C, D) float32, the calls' names, and (C, O, D) float32, the names of each call's
            options: what a policy needs that finds tools and options by their words. Options
            repeat where a tool has fewer than O; those of ``undo`` and ``submit`` are zeros.
        """
        return embed_actions(self._codec, self._encoder)

    def encode(self, call: ToolCall) -> Any:
        """Turn a tool call into an action of this environment's space."""
        return self._codec.encode(call)

    def decode(self, action: Any) -> ToolCall:
        """Turn an action into the tool call that ``step`` would carry out."""
        return self._codec.decode(action)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: reseeds the generator; the same seed gives the same task.
            options: ``{"task": task}`` with an ``EditTask`` or an index into the source.

        Raises:
            ValueError: a task of the wrong type or size.
            IndexError: an index that the source does not have.
        """
        super().reset(seed=seed)
        task = self._choose_task((options or {}).get("task"))
        regions = self.grounder.propose(task, self.np_random, self._slots)
        self._workspace = Workspace(task, self.tools, regions)
        self._last, self._reward_terms = None, {}
        self._observations.start(task.instruction)
        if self.render_mode == "human":
            self.render()
        return self.observe(), self._info()

    def _choose_task(self, wanted: Any) -> EditTask:
        if wanted is None:
            task = self.tasks.sample(self.np_random)
        elif isinstance(wanted, EditTask):
            task = wanted
        elif isinstance(wanted, (int, np.integer)) and not isinstance(wanted, bool):
            task = self.tasks[int(wanted)]
        else:
            raise ValueError(f"options['task']={wanted!r} must be an EditTask or an index")
        if task.source.shape != (*self._size, 3):
            raise ValueError(
                f"the task's picture has shape {task.source.shape}, but image_size asks for "
                f"{(*self._size, 3)}"
            )
        return task

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Carry out one call.

        Raises:
            InvalidAction: the action is not in the action space.
            RuntimeError: before the first reset.
        """
        if not self.action_space.contains(action):
            raise InvalidAction(f"action={action!r} is not in {self.action_space}")
        transition = self.carry_out(self._codec.decode(action))
        reward = float(sum(self._reward_terms.values()))
        return self.observe(), reward, transition.submitted, False, self._info()

    def carry_out(self, call: ToolCall) -> Transition:
        """Do what ``step`` does with a call, without looking at the result.

        For environments that make several calls before anyone looks: the reward's terms are then
        in ``reward_terms``, the observation in ``observe()``.

        Raises:
            RuntimeError: before the first reset.
        """
        self._last = self.workspace.apply(call)
        self._reward_terms = self.reward(self._last)
        if self.render_mode == "human":
            self.render()
        return self._last

    def action_masks(self) -> np.ndarray:
        """Which numbers may be valid now, bool: what sb3-contrib's MaskablePPO asks for."""
        return self._codec.mask(self.workspace).astype(bool)

    def observe(self) -> Observation:
        """Build the observation of this moment; its arrays belong to the caller."""
        limit = (self.spec and self.spec.max_episode_steps) or self._max_steps
        left = max(1.0 - len(self.workspace.history) / limit, 0.0)
        return self._observations.build(self.workspace, left)

    def _info(self) -> dict[str, Any]:
        return {**self.summary(), "action_mask": self._codec.mask(self.workspace)}

    def summary(self) -> dict[str, Any]:
        """Return what ``info`` says of this moment, without the mask."""
        verdict = self.workspace.state.verdict
        return {
            "instruction": self.task.instruction,
            "invalid": (self._last and self._last.invalid) or "",
            "reward_terms": self.reward_terms,
            "checklist": verdict.done,
            "is_success": self.workspace.submitted and verdict.success,
            **cache_info(self.tools),
        }

    def render(self) -> Any:
        """Show the canvas beside the source, with instruction, last call and reward.

        Returns:
            ``rgb_array``: (H', W', 3) uint8; ``ansi``: str; otherwise None.
        """
        if self.render_mode is None:
            gymnasium.logger.warn(
                "render() needs a render_mode: pass render_mode='rgb_array' to gymnasium.make"
            )
            return None
        view = self._view()
        if self.render_mode == "ansi":
            return render_text(**view)
        frame = render_frame(**view)
        if self.render_mode == "rgb_array":
            return frame
        if self._window is None:
            self._window = Window(title="editenv", fps=self.metadata["render_fps"])
        self._window.show(frame)
        return None

    def _view(self) -> dict[str, Any]:
        workspace = self.workspace
        verdict = workspace.state.verdict
        names = [f"{edit.action} {edit.subject} {edit.goal}" for edit in self.task.sub_edits]
        return {
            "source": self.task.source,
            "canvas": workspace.canvas,
            "target": self.task.target,
            "instruction": self.task.instruction,
            "last_call_text": self._describe_last_call(),
            "reward_terms": self._reward_terms,
            "checklist": list(zip(names, verdict.done, strict=False)),
            "regions": workspace.regions,
        }

    def _describe_last_call(self) -> str:
        if self._last is None:
            return ""
        call, text = self._last.call, self._last.call.tool
        tool = self.workspace.tools.get(call.tool)
        if tool is not None and self._last.invalid is None:
            region = self._last.before.regions[call.region]
            assert region is not None
            text = f"{call.tool}: {region.label} -> {tool.options[call.option]}"
        return f"{text} (invalid: {self._last.invalid})" if self._last.invalid else text

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._window.close()
            self._window = None


def _parse_size(image_size: int | Sequence[int]) -> tuple[int, int]:
    sides = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
    low, high = IMAGE_SIZES
    valid = len(sides) == 2 and all(
        isinstance(side, (int, np.integer)) and low <= side <= high for side in sides
    )
    if not valid or isinstance(image_size, bool):
        raise ValueError(
            f"image_size={image_size!r} must be one integer or (height, width), "
            f"each from {low} to {high}"
        )
    return int(sides[0]), int(sides[1])


def check_at_least(name: str, value: int, least: int) -> None:
    """Refuse anything but an integer of at least ``least``.

    Raises:
        ValueError: names the argument, its value and the least.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name}={value!r} must be an integer of at least {least}")
