"""The environment for vision-language models: picture and words in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction

from editenv.answers import (
    AnswerReward,
    AnswerRules,
    Conversation,
    Scorer,
    chat_prompt,
    make_answer_reward,
    reference_answer,
    system_prompt,
)
from editenv.answers.conversation import MAX_TEXT
from editenv.answers.format import MAX_CHARACTERS
from editenv.answers.replies import reply_all
from editenv.caching import ByteCache
from editenv.encoders import TextEncoder
from editenv.envs.arguments import MOST_STEPS, check_options, check_up_to
from editenv.envs.rendering import render_frame, render_text
from editenv.envs.setup import OPTIONS, EditSetup
from editenv.envs.text.sources import tasks_and_tools
from editenv.envs.text.space import UnicodeText
from editenv.envs.window import Screen
from editenv.failure import DOWN_AFTER
from editenv.grounders import Grounder
from editenv.judges import Judge
from editenv.tasks import TaskSource
from editenv.tools import Tool
from editenv.tools.cache import EditCache
from editenv.tools.cost import CostLimit
from editenv.types import EditTask

SLOTS = 32
"""Region slots: no policy sees them, so there are as many as any picture needs."""

KEPT_BYTES = 256 * 2**20
"""About what the tasks take that ``score_answers`` remembers: several hundred at 224 pixels."""

SUBJECTS = ("names", "points")
"""How an answer may say which thing it means; the background has its name in both."""

TextObservation = dict[str, Any]


class ImageEditTextEnv(gymnasium.Env[TextObservation, str]):
    """Edit a photo as a user asks, by saying in words what to do.

    ## Description
    A user gives a photo and an instruction. The agent answers with the decomposition of *ImageEdit-
    R1: Boosting Multi-Agent Image Editing via Reinforcement Learning*: lists of actions, subjects
    and goals. The scripted team (grounder, selector, editor) carries it out with the tools of
    ``ImageEditEnv``. The policy learns the language, and the reward also scores the picture. An
    episode has one answer or several; with several, the next observation shows the edited picture
    and tells what was done.

    ## Instruction Space
    English, as in ``ImageEditEnv``, in the observation's ``text`` and in ``info["instruction"]``.

    ## Action Space
    ``UnicodeText(16384)``, a ``gymnasium.spaces.Text`` of all Unicode. An answer looks like this
    (``editenv.answers.format``; ``env.unwrapped.system_prompt`` explains it to a model)::

        <think>anything; optional</think>
        <action>recolour; remove</action>
        <subject>left kite; apple</subject>
        <goal>teal; none</goal>

    Any string is accepted, longer ones too: a malformed answer changes nothing, scores low, and
    ``info["problem"]`` says why. Edits that cannot be carried out are skipped, and
    ``info["refusals"]`` says why.

    ## Observation Space
    A ``Dict``. H, W: size of the picture.

    | Key | Shape, dtype | Range | Content |
    |---|---|---|---|
    | `image` | (H, W, 3) uint8 | 0 to 255 | the canvas |
    | `text` | str | 0 to 16384 characters | the instruction; then also what the last answer did |

    ## Rewards
    Every term has a value from 0 to 1 for all answers so far; an answer earns what it adds, so an
    episode earns the last value in any number of turns. Terms, times their weights, are in
    ``info["reward_terms"]``.

    | Term | `"paper"` | `"outcome"` | Value |
    |---|---|---|---|
    | `format` | 0.25 | 0.1 | share of the answers that are well formed |
    | `action` | 0.25 | 0.1 | F1 of the actions against the task's sub-edits |
    | `subject` | 0.25 | 0.1 | F1 of the subjects |
    | `goal` | 0.25 | 0.1 | F1 of the goals |
    | `image` | | 0.6 | 1 for solved, else up to 0.8: sub-edits done, distance, damage |

    ``"judged"``, the default if there is a judge, has `format` (0.1) and `judge` (0.9), the judge's
    score of the submitted picture, 0 to 1. A mapping of weights by term is accepted
    too. ``docs/text.md`` has the details.

    ## Starting State
    A task drawn from the source with the environment's generator; the same seed gives the same
    task. ``reset(options={"task": task})`` takes an ``EditTask``, or an index of the source, so all
    members of a GRPO group can start alike. ``score_answers`` scores a whole group at once.

    ## Episode End
    *Termination:* an answer with three empty lists, which submits the picture, or answer number
    ``max_turns``.
    *Truncation:* 16 answers (``gymnasium.wrappers.TimeLimit`` of the registered id); a tool or a
    judge that failed. Then ``info["failure"]`` says which, the reward is 0 and ``reward_terms`` is
    empty: leave such an answer out of training.

    ## Information
    ``reset`` and ``step`` return

    | Key | Type | Content |
    |---|---|---|
    | `instruction` | str | the user's words |
    | `reward_terms` | dict of float | weighted terms; they add up to the reward |
    | `edits` | tuple of (str, str, str) | the last answer's (action, subject, goal) |
    | `refusals` | tuple of str | for each edit, why it was not carried out, else empty |
    | `problem` | str | why the last answer is malformed, else empty |
    | `turn` | int | answers so far |
    | `checklist` | tuple of bool | which sub-edits are done |
    | `is_success` | bool | the task was solved and the picture submitted |
    | `cost` | dict of float | `seconds`, `money` of all edits so far, `memory` of the largest |
    | `failure` | dict | `kind`, `component`, `attempts`; only where something failed |
    | `judge` | dict | `score` (0 to 10), `variance`, `votes`, `parts`; only where it was asked |

    ## Arguments
    >>> import gymnasium, editenv
    >>> env = gymnasium.make("ImageEditText-v0", tasks="ImageEdit-Direct-v0", reward="paper")
    >>> observation, info = env.reset(seed=1)
    >>> answer = env.unwrapped.reference_answer()
    >>> _, reward, terminated, _, info = env.step(answer)
    >>> reward, terminated, info["is_success"]
    (1.0, True, True)
    >>> env.close()

    | Parameter | Type | Default | Description |
    |---|---|---|---|
    | `tasks` | str or TaskSource | `"ImageEdit-v0"` | an id, a name, a data set, or a source |
    | `split` | str | `"train"` | or `"validation"`, `"test"`, `"novel"` (names never shown) |
    | `material` | str | `"photo"` | of generated scenes; or `"emoji"`, `"folder:PATH"` |
    | `image_size` | int or (H, W) | 224 | size of the picture, 32 to 1024 pixels a side |
    | `reward` | str, mapping or AnswerReward | None | preset or weights; None: `"outcome"` |
    | `judge` | str, mapping or Judge | None | scores the submitted picture: ``editenv.judges`` |
    | `budget` | mapping or None | None | most `seconds`, `money`, `memory` of an episode's edits |
    | `down_after` | int | 20 | failures of a component in a row that stop the run |
    | `max_turns` | int | 1 | answers in an episode, at least 1 |
    | `tools` | None, str or sequence | None | those of the id, a preset, names and Tool objects |
    | `edit_cache` | str or EditCache | `"auto"` | or `"off"`, `"disk:FOLDER"`, an object |
    | `task_pool` | int or None | None | draw from this many tasks of the source, kept in memory |
    | `subjects` | str | `"names"` | or `"points"`: things are pointed at, not named |
    | `grounder` | str or Grounder | `"scene"` | `"noisy"`, `"pixels"`, `"detector:..."`, object |
    | `encoder` | str or TextEncoder | `"static"` | finds synonyms |
    | `on_error` | str | `"raise"` | bad entries of a folder: `"raise"` or `"skip"` |
    | `render_mode` | str or None | None | `"rgb_array"`, `"human"` or `"ansi"` |

    Every wrong argument raises a ``ValueError`` that names it and the accepted values.

    ## Registered Configurations
    ``ImageEditText-v0``.

    ## Vectorized environment
    ``gymnasium.make_vec("ImageEditText-v0", num_envs, vectorization_mode="sync")``; actions are
    tuples of strings.

    ## Version History
    * v0: initial version.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "render_modes": ["rgb_array", "human", "ansi"],
        "render_fps": 1,
    }

    def __init__(
        self,
        tasks: str | TaskSource = "ImageEdit-v0",
        *,
        split: str = "train",
        material: str = "photo",
        image_size: int | Sequence[int] = 224,
        reward: str | Mapping[str, float] | AnswerReward | None = None,
        judge: str | Mapping[str, float] | Judge | None = None,
        budget: Mapping[str, float] | CostLimit | None = None,
        down_after: int = DOWN_AFTER,
        max_turns: int = 1,
        tools: str | Sequence[str | Tool] | None = None,
        edit_cache: str | EditCache | None = "auto",
        task_pool: int | None = None,
        subjects: str = "names",
        grounder: str | Grounder = "scene",
        encoder: str | TextEncoder = "static",
        on_error: str = "raise",
        render_mode: str | None = None,
    ) -> None:
        self._screen = Screen(render_mode, self.metadata)
        check_up_to("max_turns", max_turns, MOST_STEPS)
        if subjects not in SUBJECTS:
            raise ValueError(f"subjects={subjects!r} is unknown: choose from {SUBJECTS}")
        self.render_mode = render_mode
        source, found_tools = tasks_and_tools(tasks, tools)
        self.setup = EditSetup(
            source,
            split=split,
            material=material,
            image_size=image_size,
            tools=found_tools,
            edit_cache=edit_cache,
            task_pool=task_pool,
            slots=SLOTS,
            grounder=grounder,
            encoder=encoder,
            on_error=on_error,
            judge=judge,
            budget=budget,
            down_after=down_after,
        )
        default = "outcome" if judge is None else "judged"
        weights = make_answer_reward(default if reward is None else reward)
        if judge is None and weights.weights.get("judge"):
            raise ValueError(f"reward={reward!r} has the term 'judge', which needs judge=")
        self.rules = AnswerRules(
            self.setup.tools, self.setup.encoder, weights, pointing=subjects == "points"
        )
        self.max_turns = max_turns
        self.action_space = UnicodeText(MAX_CHARACTERS)
        height, width = self.setup.size
        self.observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, (height, width, 3), np.uint8),
                "text": UnicodeText(MAX_TEXT),
            }
        )
        self._conversation: Conversation | None = None
        self._scorers: ByteCache[Any, Scorer] = ByteCache(KEPT_BYTES)

    @property
    def tasks(self) -> TaskSource:
        """Where the tasks come from."""
        return self.setup.tasks

    @property
    def system_prompt(self) -> str:
        """What a model needs to know before its first answer."""
        return system_prompt(self.rules.tools, pointing=self.rules.names.pointing)

    @property
    def conversation(self) -> Conversation:
        """The running episode.

        Raises:
            RuntimeError: before the first reset.
        """
        if self._conversation is None:
            raise RuntimeError("call reset() first: there is no task yet")
        return self._conversation

    @property
    def task(self) -> EditTask:
        """The task of the running episode, ground truth included."""
        return self.conversation.scorer.task

    def reference_answer(self) -> str:
        """Write the answer that the task's own sub-edits give; it reads the ground truth."""
        return reference_answer(self.task, self.rules.tools, self.rules.names)

    def chat(self) -> list[dict[str, Any]]:
        """Return the messages that ask for the first answer, with one place for the picture."""
        return chat_prompt(
            self.task.instruction, self.rules.tools, pointing=self.rules.names.pointing
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[TextObservation, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: reseeds the generator; the same seed gives the same task.
            options: ``{"task": task}`` with an ``EditTask`` or an index into the source.

        Raises:
            ValueError: a task of the wrong type or size, or an unknown option.
            IndexError: an index that the source does not have.
        """
        wanted = check_options(options, OPTIONS).get("task")
        super().reset(seed=seed)
        scorer = self._scorer(self.np_random, wanted)
        self._conversation = Conversation(scorer, self.max_turns)
        if self.render_mode == "human":
            self.render()
        return self._observe(), self._conversation.summary()

    def step(self, action: str) -> tuple[TextObservation, float, bool, bool, dict[str, Any]]:
        """Take one answer.

        Raises:
            InvalidAction: the answer is not a string.
            RuntimeError: before the first reset.
        """
        if not isinstance(action, str):
            raise InvalidAction(f"action={action!r} must be a string, of any content")
        conversation = self.conversation
        reply_all([conversation], [action], self.setup.judge, self.setup.failures)
        if self.render_mode == "human":
            self.render()
        reward = float(sum(conversation.reward_terms.values()))
        failed = conversation.failure is not None
        terminated = conversation.over and not failed
        return self._observe(), reward, terminated, failed, conversation.summary()

    def snapshot(self) -> Conversation:
        """Save this state; pictures are shared, not copied.

        Raises:
            RuntimeError: before the first reset.
        """
        return self.conversation.copy()

    def restore(self, snapshot: Conversation) -> None:
        """Go back to a saved state, as often as you like."""
        self._conversation = snapshot.copy()

    def score_answers(self, task: EditTask | int, answers: Sequence[str]) -> list[dict[str, Any]]:
        """Score single answers to one task, such as a GRPO group, without touching the episode.

        Work that answers share is done once: the reference, and common edits at their start.
        The latest tasks are cached.

        Args:
            task: a task, or an index of the source.
            answers: any strings.

        Returns:
            For each answer its ``"reward"``, NaN if something failed, and the ``info`` at the end
            of an episode with ``max_turns=1``. The grounder's randomness, if any, is the same in
            every call.

        Raises:
            ValueError: a task of the wrong type or size.
            IndexError: an index that the source does not have.
            InvalidAction: an answer is not a string.
            ComponentDown: a tool or the judge failed too often in a row.
        """
        scorer = self._scorers.get(task)
        if scorer is None:
            scorer = self._scorer(np.random.default_rng(0), task)
            if scorer.failure is None and scorer.nbytes <= self._scorers.maxsize:
                self._scorers[task] = scorer
        for answer in answers:
            if not isinstance(answer, str):
                raise InvalidAction(f"answers has {answer!r}, which is no string")
        conversations = [Conversation(scorer) for _ in answers]
        reply_all(conversations, answers, self.setup.judge, self.setup.failures)
        return [_result(conversation) for conversation in conversations]

    def _scorer(self, rng: np.random.Generator, wanted: Any) -> Scorer:
        workspace = self.setup.start(rng, wanted).workspace
        return Scorer(
            workspace.task,
            workspace.regions,
            self.rules,
            seed=workspace.seed,
            limit=workspace.limit,
            failure=workspace.failure,
        )

    def _observe(self) -> TextObservation:
        conversation = self.conversation
        return {"image": conversation.workspace.canvas.copy(), "text": conversation.text()}

    def render(self) -> Any:
        """Show the canvas beside the source, with instruction, last answer and reward.

        Returns:
            ``rgb_array``: (H', W', 3) uint8; ``ansi``: str; otherwise None.
        """
        view = self.conversation.view
        return self._screen.render(lambda: render_frame(**view()), lambda: render_text(**view()))

    def close(self) -> None:
        """Close the window, and models and connections that were built from names."""
        self.setup.close()
        self._screen.close()


def _result(conversation: Conversation) -> dict[str, Any]:
    if conversation.failure is not None:
        return {"reward": float("nan"), **conversation.summary()}
    reward = float(sum(conversation.reward_terms.values()))
    return {"reward": reward, **conversation.summary()}
