"""The environment of sliders: a photo, a request, and a position for each slider."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

from editenv.develop import Sliders
from editenv.develop.histogram import CHANNELS, histogram
from editenv.develop.sliders import RANGES
from editenv.encoders import TextEncoder, make_encoder
from editenv.envs.arguments import (
    MOST_STEPS,
    MOST_TOKENS,
    check_flag,
    check_options,
    check_up_to,
    parse_size,
)
from editenv.envs.develop_progress import Progress
from editenv.envs.observations import INSTRUCTION_FORMATS, Observation
from editenv.envs.rendering import METADATA, render_frame, render_text
from editenv.envs.window import Screen
from editenv.tasks import TaskSource
from editenv.tasks.developing import REACH, make_develop_tasks
from editenv.tasks.pool import TaskPool
from editenv.types import EditTask

LIMITS: dict[str, tuple[float, float]] = {"exposure": (-2.0, 2.0)}
"""What -1 and 1 of an action stand for, where it is not the whole range of the slider."""

BINS = 32
"""Of the histograms."""


class ImageEditDevelopEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """Move the sliders of a photo editor as a user asks.

    ## Description
    A user gives a photo and says what is wrong with it. In every step the agent says where all
    sliders are to stand; the photo is developed anew from the source, so nothing adds up and
    nothing is lost. The episode ends when its steps are used up, and is a success if the photo is
    then near enough to the target. The words say which sliders are meant; how far they must move,
    and often in which direction, is to be seen. In half of the tasks something else about the
    photo is out of the ordinary, which nobody speaks of, and which is to stay.

    ## Instruction Space
    English, one to three sentences, in the words of the package's tools for faults of photos;
    `test` has wording that `train` never shows. The agent sees embeddings; the words are in
    ``info["instruction"]``.

    ## Action Space
    ``Box(-1, 1, (n,), float32)``: where each of ``sliders`` is to stand, in their order; 0
    leaves it as it was in the source. -1 and 1 are the ends of its range in
    ``editenv.develop.sliders.RANGES``; of ``exposure``, 2 EV. The positions are absolute, not moves
    from where the sliders are: one step can then do all of a task, and what an action is worth does
    not depend on those before.

    ## Observation Space
    A ``Dict``. H, W: size of the picture; n: number of sliders; D: dimension of the encoder.

    | Key | Shape, dtype | Range | Content |
    |---|---|---|---|
    | `image` | (H, W, 3) uint8 | 0 to 255 | the photo as it is now (not with `show_image=False`) |
    | `histogram` | (5, 32) float32 | 0 to 32 | of it: red, green, blue, luminance, chroma |
    | `source_histogram` | (5, 32) float32 | 0 to 32 | of the source |
    | `instruction` | (D,) float32, tokens: (L, D) | | embedded words, times the root of D |
    | `instruction_mask` | (L,) int8 | 0, 1 | real tokens (only with `"tokens"`) |
    | `sliders` | (n,) float32 | -1 to 1 | where they stand |
    | `steps_left` | (1,) float32 | 0 to 1 | share of `max_steps` that is left |

    The histograms are multiples of an even distribution, and the words are scaled so that a number
    has a variance of about 1, as networks without normalisation like it.

    ## Rewards
    The sum of ``info["reward_terms"]``:

    | Term | Value |
    |---|---|
    | `distance` | decrease of log(error + 0.01) from the source: each halving is worth the same |
    | `success` | 1 if the photo is near enough, else 0 |

    A step is paid for what it makes of the source, not for the change from the step before: what
    an absolute action is worth does not depend on that one.

    ## Starting State
    A task drawn with the environment's generator, all sliders at rest; the same seed gives the same
    task. ``reset(options={"task": task})`` takes an ``EditTask`` with a target, or an index.

    ## Episode End
    *Termination:* never.
    *Truncation:* the step limit of the registered id (``gymnasium.wrappers.TimeLimit``).

    ## Information
    | Key | Type | Content |
    |---|---|---|
    | `instruction` | str | the user's words |
    | `distance` | float | mean error of the photo against the target, 0 to 1 |
    | `is_success` | bool | whether it is at most 0.03 and a quarter of the source's |
    | `reward_terms` | dict of float | they add up to the reward; empty after a reset |

    ## Arguments
    >>> import gymnasium, editenv
    >>> env = gymnasium.make("ImageEdit-Develop-v0", sliders=["exposure", "temperature"])
    >>> observation, info = env.reset(seed=0)
    >>> env.action_space.shape, observation["histogram"].shape
    ((2,), (5, 32))

    | Parameter | Type | Default | Description |
    |---|---|---|---|
    | `tasks` | str or TaskSource | `"develop"` | or `"pairs:FOLDER"` (``editenv.tasks.pairs``) |
    | `split` | str | `"train"` | or `"validation"`, `"test"`, `"novel"` |
    | `image_size` | int or (H, W) | 64 | 32 to 1024 pixels a side |
    | `sliders` | sequence of str | five | names in ``editenv.develop.sliders.RANGES``, in order |
    | `show_image` | bool | True | whether the observation has the photo itself |
    | `encoder` | str or TextEncoder | `"static"` | as in ``ImageEditEnv`` |
    | `instruction_format` | str | `"pooled"` | or `"tokens"` |
    | `max_tokens` | int | 48 | tokens of the instruction that are seen, with `"tokens"` |
    | `task_pool` | int or None | None | draw from so many tasks of the source, kept in memory |
    | `max_steps` | int | 4 | what `steps_left` counts; it ends nothing |
    | `render_mode` | str or None | None | `"rgb_array"`, `"human"` or `"ansi"` |

    Every wrong argument raises a ``ValueError`` that names it and the accepted values.

    ## Registered Configurations
    ``ImageEdit-Develop-v0``, with four steps.

    ## Vectorized environment
    ``gymnasium.make_vec(id, num_envs)`` gives a ``SyncVectorEnv`` of single environments.

    ## Version History
    * v0: initial version.
    """

    metadata: ClassVar[dict[str, Any]] = METADATA

    def __init__(
        self,
        tasks: str | TaskSource = "develop",
        *,
        split: str = "train",
        image_size: int | Sequence[int] = 64,
        sliders: Sequence[str] = tuple(REACH),
        show_image: bool = True,
        encoder: str | TextEncoder = "static",
        instruction_format: str = "pooled",
        max_tokens: int = 48,
        task_pool: int | None = None,
        max_steps: int = 4,
        render_mode: str | None = None,
    ) -> None:
        self._screen = Screen(render_mode, self.metadata)
        _check_name("instruction_format", instruction_format, INSTRUCTION_FORMATS)
        check_up_to("max_tokens", max_tokens, MOST_TOKENS)
        check_up_to("max_steps", max_steps, MOST_STEPS)
        check_flag("show_image", show_image)
        self.height, self.width = parse_size(image_size)
        self.sliders = _checked_sliders(sliders)
        source = make_develop_tasks(
            tasks, split=split, height=self.height, width=self.width, sliders=self.sliders
        )
        self.tasks = source if task_pool is None else TaskPool(source, task_pool)
        self.encoder = make_encoder(encoder)
        self.max_steps, self.render_mode = max_steps, render_mode
        self._show_image = show_image
        self._tokens = max_tokens if instruction_format == "tokens" else None
        self.action_space = spaces.Box(-1.0, 1.0, (len(self.sliders),), np.float32)
        self.observation_space: spaces.Space[Any] = self._space()
        self._progress: Progress | None = None
        self._constant: Observation = {}

    @property
    def progress(self) -> Progress:
        """The running episode.

        Raises:
            RuntimeError: before the first reset.
        """
        if self._progress is None:
            raise RuntimeError("call reset() first: there is no task yet")
        return self._progress

    @property
    def task(self) -> EditTask:
        """The task of the running episode, ground truth included."""
        return self.progress.task

    def encode(self, sliders: Sliders) -> NDArray[np.float32]:
        """Return the action, (n,) float32, that moves the environment's sliders where these are."""
        return sliders.to_vector(self.sliders, LIMITS)

    def decode(self, action: NDArray[np.float32]) -> Sliders:
        """Return where an action moves the sliders."""
        return Sliders.from_vector(action, self.sliders, LIMITS)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: reseeds the generator; the same seed gives the same task.
            options: ``{"task": task}`` with an ``EditTask`` or an index into the source.

        Raises:
            ValueError: a task without a target, or of another size; an unknown option.
            IndexError: an index that the source does not have.
        """
        wanted = check_options(options, ("task",)).get("task")
        super().reset(seed=seed)
        task = self._find(wanted)
        self._progress = Progress.of(task, Sliders())
        self._constant = {
            "source_histogram": histogram(task.source, BINS),
            **self._embedded(task.instruction),
        }
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._info({})

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Develop the source anew.

        Raises:
            InvalidAction: the action is not in the action space.
            RuntimeError: before the first reset.
        """
        before = self.progress
        if not self.action_space.contains(action):
            raise InvalidAction(f"action={action!r} is not in {self.action_space}")
        self._progress = after = before.after(self.decode(action))
        terms = {"distance": after.nearness, "success": float(after.solved)}
        if self.render_mode == "human":
            self.render()
        return self._observe(), sum(terms.values()), False, False, self._info(terms)

    def render(self) -> Any:
        """Return a frame or text, or show the frame, as ``render_mode`` says."""
        now = self.progress
        moved = now.sliders.moved()
        state: dict[str, Any] = {
            "source": now.task.source,
            "canvas": now.canvas,
            "target": now.task.target,
            "instruction": now.task.instruction,
            "last_call_text": ", ".join(f"{k} {v:+.3g}" for k, v in moved.items()),
            "checklist": [("near enough to the target", now.solved)],
        }
        return self._screen.render(lambda: render_frame(**state), lambda: render_text(**state))

    def close(self) -> None:
        """Close the window."""
        self._screen.close()

    def _find(self, wanted: Any) -> EditTask:
        if wanted is None:
            task = self.tasks.sample(self.np_random)
        elif isinstance(wanted, EditTask):
            task = wanted
        elif hasattr(wanted, "__index__"):
            task = self.tasks[operator.index(wanted)]
        else:
            raise ValueError(f"options['task']={wanted!r} must be an EditTask or an index")
        shape = (self.height, self.width, 3)
        if task.target is None:
            raise ValueError("task has no target: sliders are judged by one")
        if task.source.shape != shape or task.target.shape != shape:
            raise ValueError(
                f"task has pictures of {task.source.shape} and {task.target.shape}; "
                f"image_size wants {shape}"
            )
        return task

    def _space(self) -> spaces.Dict:
        dimension = self.encoder.dimension
        words = (dimension,) if self._tokens is None else (self._tokens, dimension)
        counts = spaces.Box(0.0, float(BINS), (len(CHANNELS), BINS), np.float32)
        entries: dict[str, spaces.Space[Any]] = {
            "image": spaces.Box(0, 255, (self.height, self.width, 3), np.uint8),
            "histogram": counts,
            "source_histogram": counts,
            "instruction": spaces.Box(-np.inf, np.inf, words, np.float32),
            "sliders": spaces.Box(-1.0, 1.0, (len(self.sliders),), np.float32),
            "steps_left": spaces.Box(0.0, 1.0, (1,), np.float32),
        }
        if self._tokens is not None:
            entries["instruction_mask"] = spaces.Box(0, 1, (self._tokens,), np.int8)
        if not self._show_image:
            del entries["image"]
        return spaces.Dict(entries)

    def _embedded(self, text: str) -> Observation:
        scale = np.float32(np.sqrt(self.encoder.dimension))
        if self._tokens is None:
            return {"instruction": self.encoder.pooled(text) * scale}
        tokens = self.encoder.tokens(text)[: self._tokens]
        words = np.zeros((self._tokens, self.encoder.dimension), np.float32)
        words[: len(tokens)] = tokens * scale
        mask = (np.arange(self._tokens) < len(tokens)).astype(np.int8)
        return {"instruction": words, "instruction_mask": mask}

    def _observe(self) -> Observation:
        now = self.progress
        left = max(1.0 - now.steps / self.max_steps, 0.0)
        observation = {
            "histogram": histogram(now.canvas, BINS),
            "sliders": self.encode(now.sliders),
            "steps_left": np.array([left], np.float32),
            **{key: value.copy() for key, value in self._constant.items()},
        }
        if self._show_image:
            observation["image"] = now.canvas.copy()
        return observation

    def _info(self, terms: Mapping[str, float]) -> dict[str, Any]:
        now = self.progress
        return {
            "instruction": now.task.instruction,
            "distance": now.error,
            "is_success": now.solved,
            "reward_terms": dict(terms),
        }


def _check_name(argument: str, value: Any, accepted: Sequence[Any]) -> None:
    if value not in accepted:
        raise ValueError(f"{argument}={value!r} is unknown: choose from {list(accepted)}")


def _checked_sliders(names: Any) -> tuple[str, ...]:
    found = () if isinstance(names, str) else tuple(names)
    if not found or len(set(found)) < len(found) or not set(found) <= set(RANGES) - {"straighten"}:
        accepted = [name for name in RANGES if name != "straighten"]
        raise ValueError(f"sliders={names!r} must be different names, at least one, of {accepted}")
    return found
