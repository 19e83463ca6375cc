"""One episode in which every tool call is one edit; many may run side by side."""

from __future__ import annotations

from threading import Lock
from typing import Any

from editenv.agents.roles import Intent
from editenv.answers import Conversation, Scorer, write_answer
from editenv.answers.conversation import in_words
from editenv.answers.replies import reply_all
from editenv.answers.words import printable
from editenv.caching import ByteCache
from editenv.envs.text.env import KEPT_BYTES, ImageEditTextEnv
from editenv.types import EditTask, Image

NO_EDITS = write_answer(())
"""What hands the picture in."""


class EditSessions:
    """Starts sessions that share tasks, tools and everything that their edits have in common.

    Sessions may be used from several threads: one edit is made at a time.

    Args:
        env: has the tasks, the tools and the reward; ``max_turns`` is the most edits of a session.
    """

    def __init__(self, env: ImageEditTextEnv) -> None:
        self._env = env
        self._scorers: ByteCache[int, Scorer] = ByteCache(KEPT_BYTES)
        self._lock = Lock()

    @property
    def env(self) -> ImageEditTextEnv:
        """The environment whose parts the sessions share; its own episode means nothing."""
        return self._env

    def start(self, task: int | EditTask | None = None, *, seed: int | None = None) -> EditSession:
        """Start a session. Sessions with the same index start alike and share their edits.

        Args:
            task: an index of the source, a task, or None for one that the seed draws.
            seed: of what is drawn: the task where there is none, else a noisy grounder's
                proposals. None with an index: 0, so that a group's members start alike.

        Raises:
            IndexError: an index that the source does not have.
            ValueError: a task of the wrong type or size.
        """
        with self._lock:
            return EditSession(self, Conversation(self._scorer(task, seed), self._env.max_turns))

    def _scorer(self, task: int | EditTask | None, seed: int | None) -> Scorer:
        if not isinstance(task, int) or seed is not None:
            return self._drawn(task, seed)
        if task in self._scorers:
            return self._scorers[task]
        scorer = self._drawn(task, 0)
        if scorer.failure is None and scorer.nbytes <= self._scorers.maxsize:
            self._scorers[task] = scorer
        return scorer

    def _drawn(self, task: int | EditTask | None, seed: int | None) -> Scorer:
        self._env.reset(seed=seed, options={} if task is None else {"task": task})
        return self._env.conversation.scorer

    def reply(self, conversation: Conversation, text: str) -> None:
        """Take one answer of a conversation.

        Raises:
            ComponentDown: a tool or the judge failed too often in a row.
        """
        setup = self._env.setup
        with self._lock:
            reply_all([conversation], [text], setup.judge, setup.failures)

    def close(self) -> None:
        """Close the environment, and with it what it built from names."""
        self._env.close()


class EditSession:
    """One episode: edits by name, each of which shows the picture as it is then.

    Args:
        sessions: take the answers.
        conversation: at its start.
    """

    def __init__(self, sessions: EditSessions, conversation: Conversation) -> None:
        self._sessions = sessions
        self._conversation = conversation

    def edit(self, action: str, subject: str, goal: str = "") -> str:
        """Make one edit; the last one that is allowed also hands the picture in.

        Args:
            action: what to do, as a tool calls it, such as ``"recolour"``.
            subject: what to do it to: a name, ``"background"`` or ``"whole image"``.
            goal: an option of the tool, or any words where it takes words; ``""`` where there is
                only one outcome.

        Returns:
            What came of it. An edit that cannot be made changes nothing, and the text says why.

        Raises:
            ValueError: words that no edit can have: empty, too long, or with a tag or semicolon.
            RuntimeError: the picture has been handed in, or something has failed.
            ComponentDown: a tool or the judge failed too often in a row.
        """
        self._check_open()
        try:
            answer = write_answer([Intent(action, subject, goal)])
        except ValueError:
            raise ValueError(
                f"action={action!r}, subject={subject!r}, goal={goal!r}: each must be 1 to 100 "
                "characters of plain text, without ';' or tags; only goal may be left out"
            ) from None
        self._sessions.reply(self._conversation, answer)
        return self.report()

    def answer(self, text: str) -> str:
        """Take a whole answer in words (``editenv.answers.format``), with any number of edits.

        Args:
            text: any string; a malformed one changes nothing.

        Returns:
            What the policy is told then: the instruction, what was done, and what to do next.

        Raises:
            RuntimeError: the picture has been handed in, or something has failed.
            ComponentDown: a tool or the judge failed too often in a row.
        """
        self._check_open()
        self._sessions.reply(self._conversation, text)
        return self._conversation.text()

    def hand_in(self) -> str:
        """Hand the picture in, which ends the session.

        Returns:
            What came of it.

        Raises:
            RuntimeError: the picture has been handed in, or something has failed.
            ComponentDown: the judge failed too often in a row.
        """
        self._check_open()
        self._sessions.reply(self._conversation, NO_EDITS)
        return self.report()

    def finish(self) -> None:
        """Hand the picture in, if anything was done and it has not been handed in yet."""
        if self._conversation.standing.answers and self.is_open:
            self.hand_in()

    def report(self) -> str:
        """What came of the last call, and whether there may be another."""
        conversation = self._conversation
        if conversation.failure is not None:
            return f"Nothing more can be done: {conversation.failure}"
        lines = [f"{in_words(edit)}: {refusal or 'done'}" for edit, refusal in conversation.results]
        lines += ["The picture was handed in."] if conversation.over else []
        return "\n".join(map(printable, lines))

    @property
    def instruction(self) -> str:
        """The user's words."""
        return printable(self._conversation.scorer.task.instruction)

    @property
    def image(self) -> Image:
        """The picture as it is now, (H, W, 3) uint8; not to be written to."""
        return self._conversation.workspace.canvas

    @property
    def is_open(self) -> bool:
        """Whether another call may be made."""
        return not self._conversation.over and self._conversation.failure is None

    @property
    def failed(self) -> bool:
        """Whether a tool, a judge or a server failed, so that there is nothing to learn from."""
        return self._conversation.failure is not None

    @property
    def last_reward(self) -> float:
        """What the last call added to the reward; 0 before the first and where it failed."""
        return float(sum(self._conversation.reward_terms.values()))

    @property
    def reward(self) -> float | None:
        """The reward of all calls so far, as ``ImageEditTextEnv`` gives it; None after a failure.

        0 before the first call.
        """
        if self.failed:
            return None
        return float(sum(self._conversation.standing.values.values()))

    @property
    def info(self) -> dict[str, Any]:
        """What ``info`` of ``ImageEditTextEnv`` says of this moment."""
        return self._conversation.summary()

    def reference_calls(self) -> list[tuple[str, str, str]]:
        """Return the edits that the task's own sub-edits need; they read the ground truth.

        Returns:
            (action, subject, goal) each, the goal ``""`` where there is only one outcome.
        """
        return [
            (stage.edit.action, stage.edit.subject, stage.edit.goal)
            for stage in self._conversation.scorer.plan
        ]

    def _check_open(self) -> None:
        if self.failed:
            raise RuntimeError(self.report())
        if not self.is_open:
            raise RuntimeError("the picture has been handed in: no more calls")
