"""EditScore (Luo et al., 2025, arXiv:2509.23909) as a judge: its own questions, its own answers.

The models were tuned on fixed prompts and may know no others. They are not part of this package:
they are read from the authors' own, `editscore` (Apache-2.0), as it is installed.
"""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from gymnasium.error import DependencyNotInstalled

from editenv.failure import Failure
from editenv.judges.base import BEST, Case, Score
from editenv.models.chat import ChatModel, Message, make_chat_model
from editenv.models.judges.rubric import BadAnswer, read_object
from editenv.models.judges.vlm import count_votes

SCALE = 25
"""The highest of a model's scores; the lowest is 0."""

BASES = ("qwen3", "qwen2.5")
"""What a model was tuned from; see ``EditScoreJudge``."""

TEMPERATURE, SEED, MAX_TOKENS = 0.7, 42, 512
"""As the authors ask. They also sample with top_p 0.9 and top_k 20, which are the endpoint's."""

SECOND_TRY = 1_000
"""Added to the seed where the first answer had not the right form."""

Answer = tuple[float, float]
"""The two scores of an answer, 0 to ``SCALE``."""


@dataclass(frozen=True)
class Prompts:
    """What an EditScore model is asked.

    Attributes:
        semantic: about both pictures, with ``<instruction>`` where the user's words go.
        perceptual: about the edited picture alone.
    """

    semantic: str
    perceptual: str


class EditScoreJudge:
    """Asks an EditScore model as its authors do, and counts as they do.

    One pass is two questions. The first shows the source and the edited picture and asks how far
    the instruction was followed and how little else was changed; the second shows the edited
    picture alone and asks how natural and how free of artefacts it is. Each answer is JSON with
    ``reasoning`` and ``score``, two numbers from 0 to 25, which are scaled to 10. The value is that
    of VIEScore: ``sqrt(min(instruction, preserved) * quality)``, quality being the lower of the
    second answer's scores.

    Other than the authors' code, which guesses a score where it finds none, an answer of another
    form is asked for once more, with another seed; then the case is a failure
    (``"bad_response"``).

    Args:
        model: what ``editenv.models.chat.make_chat_model`` accepts; a model built here is closed by
            ``close``.
        passes: at least 1; each samples with its own seed. ``Score.value`` is their mean and
            ``Score.variance`` their (population) variance.
        base: ``"qwen3"``, or ``"qwen2.5"``, whose pictures are announced by ``<img1>: ``.
        prompts: None reads those of the package ``editscore``.

    Raises:
        ValueError: no such model, a bad number of passes, or no such base.
        gymnasium.error.DependencyNotInstalled: ``editscore`` or the model's packages are missing.
    """

    def __init__(
        self,
        model: str | ChatModel,
        *,
        passes: int = 1,
        base: str = BASES[0],
        prompts: Prompts | None = None,
    ) -> None:
        if isinstance(passes, bool) or not isinstance(passes, int) or passes < 1:
            raise ValueError(f"passes={passes!r} must be an integer of at least 1")
        if base not in BASES:
            raise ValueError(f"base={base!r} must be one of {list(BASES)}")
        self.passes, self._labelled = passes, base == "qwen2.5"
        self._prompts = prompts or read_prompts()
        self.chat = make_chat_model(model)
        self._owned = isinstance(model, str)

    @property
    def name(self) -> str:
        """``"editscore:"`` and the model's name."""
        return f"editscore:{self.chat.name}"

    def judge(self, cases: Sequence[Case]) -> list[Score | Failure]:
        """Score N pictures, all of a pass in one call of the model; see ``Judge.judge``."""
        questions = [question for case in cases for question in self._questions(case)]
        passes = [self._answers(questions, SEED + number) for number in range(self.passes)]
        return [
            count_votes([_vote(*answers[2 * case : 2 * case + 2]) for answers in passes])
            for case in range(len(cases))
        ]

    def close(self) -> None:
        """Free the model, where this judge built it."""
        close = getattr(self.chat, "close", None)
        if self._owned and close is not None:
            close()

    def _questions(self, case: Case) -> tuple[list[Message], list[Message]]:
        semantic = self._prompts.semantic.replace("<instruction>", case.task.instruction)
        return (
            self._question(semantic, case.task.source, case.canvas),
            self._question(self._prompts.perceptual, case.canvas),
        )

    def _question(self, prompt: str, *pictures: object) -> list[Message]:
        content: list[Message] = []
        for number, picture in enumerate(pictures, 1):
            if self._labelled:
                content.append({"type": "text", "text": f"<img{number}>: "})
            content.append({"type": "image", "image": picture})
        return [{"role": "user", "content": [*content, {"type": "text", "text": prompt}]}]

    def _answers(self, chats: Sequence[list[Message]], seed: int) -> list[Answer | Failure]:
        """The scores for each question; what was badly answered is asked once more."""
        first = self._complete(chats, seed)
        found = [self._read(answer, 1) for answer in first]
        again = [
            number
            for number, (answer, reading) in enumerate(zip(first, found, strict=True))
            if isinstance(answer, str) and isinstance(reading, Failure)
        ]
        second = self._complete([chats[number] for number in again], seed + SECOND_TRY)
        for number, answer in zip(again, second, strict=True):
            found[number] = self._read(answer, 2)
        return found

    def _complete(self, chats: Sequence[list[Message]], seed: int) -> list[str | Failure]:
        if not chats:
            return []
        return self.chat.complete(chats, max_tokens=MAX_TOKENS, temperature=TEMPERATURE, seed=seed)

    def _read(self, answer: str | Failure, attempts: int) -> Answer | Failure:
        component = f"judge:{self.name}"
        if isinstance(answer, Failure):
            return replace(answer, component=component)
        try:
            return read_scores(answer)
        except BadAnswer as error:
            return Failure("bad_response", component, attempts, str(error))


def read_scores(answer: str) -> Answer:
    """Read the two scores of an answer.

    Accepted is one JSON object with ``reasoning``, a text, and ``score``, a list of two numbers
    from 0 to ``SCALE``; white space and a Markdown code fence around it do not matter.

    Raises:
        BadAnswer: anything else; nothing is mended or guessed.
    """
    found = read_object(answer)
    if set(found) != {"reasoning", "score"}:
        raise BadAnswer("its keys are not reasoning and score")
    scores = found["score"]
    if not isinstance(found["reasoning"], str):
        raise BadAnswer("reasoning is not a text")
    if not isinstance(scores, list) or len(scores) != 2 or not all(map(_is_score, scores)):
        raise BadAnswer(f"score is not a list of two numbers from 0 to {SCALE}")
    return float(scores[0]), float(scores[1])


def read_prompts() -> Prompts:
    """Read the prompts of the installed package ``editscore``, without importing what it needs.

    Raises:
        gymnasium.error.DependencyNotInstalled: it is missing, or its prompts have other names.
    """
    spec = find_spec("editscore")
    folders = (spec and spec.submodule_search_locations) or ()
    files = [path for folder in folders if (path := Path(folder, "vie_prompts.py")).is_file()]
    if not files:
        raise DependencyNotInstalled(
            "judge='editscore:...' asks the authors' questions, which are in their package: "
            "pip install --no-deps editscore"
        )
    texts = runpy.run_path(str(files[0]))
    try:
        head, pair, semantic, perceptual = (texts[name] for name in _TEXTS)
    except KeyError as error:
        raise DependencyNotInstalled(
            f"{files[0]} has no {error}: this needs a package like editscore 0.2"
        ) from None
    # The texts speak of 0 to 10, and the models were tuned on the same with another number.
    semantic, perceptual = (text.replace("10", str(SCALE)) for text in (semantic, perceptual))
    return Prompts("\n".join((head, pair, semantic)), "\n".join((head, perceptual)))


_TEXTS = (
    "_context_no_delimit_reasoning_first",
    "_prompts_0shot_two_image_edit_rule",
    "_prompts_0shot_tie_rule_SC",
    "_prompts_0shot_rule_PQ",
)
"""What the package calls them."""


def _is_score(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value <= SCALE


def _vote(semantic: Answer | Failure, perceptual: Answer | Failure) -> dict[str, float] | Failure:
    if isinstance(semantic, Failure):
        return semantic
    if isinstance(perceptual, Failure):
        return perceptual
    scores = {"instruction": semantic[0], "preserved": semantic[1], "quality": min(perceptual)}
    return {name: score * BEST / SCALE for name, score in scores.items()}


def make_editscore_judge(where: str) -> EditScoreJudge:
    """Build ``"editscore:MODEL"``, with ``passes=K:`` or ``base=qwen2.5:`` before the model.

    Raises:
        ValueError: no such model, or a bad option.
        gymnasium.error.DependencyNotInstalled: ``editscore`` or the model's packages are missing.
    """
    passes, base, model = 1, BASES[0], where
    while "=" in (head := model.partition(":")[0]):
        model = model.partition(":")[2]
        name, _, value = head.partition("=")
        if name == "passes" and value.isdecimal():
            passes = int(value)
        elif name == "base":
            base = value
        else:
            raise ValueError(
                f"judge='editscore:{where}': {head!r} is neither passes=K nor base=NAME"
            )
    return EditScoreJudge(model, passes=passes, base=base)
