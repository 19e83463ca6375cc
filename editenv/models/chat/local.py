"""Vision-language models in this process: any image-text-to-text model of transformers."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from editenv.failure import Failure
from editenv.models.chat.base import Chat, Message
from editenv.models.pretrained import Pretrained
from editenv.options import read_options

MOST_DETAIL = 500
"""Characters of an error that a failure keeps."""


@dataclass(frozen=True)
class _Settings:
    max_tokens: int
    temperature: float
    seed: int


class LocalChatModel:
    """Answers conversations with a model of transformers and its chat template.

    Temperature 0 takes the most probable token, after what else the model's folder wants of its
    answers, such as a repetition penalty. Above, tokens are sampled from the whole softmax;
    an answer depends on ``seed``, its number in ``chats`` and its conversation, not on the others.
    Tokens that stand for pictures are never written. Control tokens in a conversation's words, such
    as ``"<image>"``, get a space behind their first letter, so that they are words.

    The weights are loaded with the first answer and shared by all objects of this process with the
    same folder, device and dtype; the last one that is closed or forgotten frees them. Copies
    share everything.

    Args:
        folder: written by ``save_pretrained``, or the id of a model in the local hub cache. Only
            safetensors are read; no code of the folder is run.
        device: ``"cpu"``, ``"cuda"``, ...; None takes CUDA where there is one.
        dtype: ``"float32"``, ``"bfloat16"`` or ``"float16"``; None is float32 on the CPU, elsewhere
            what was saved.
        batch_size: conversations at once, at least 1. Only those with equally many pictures go
            together.
        template: chat template in Jinja, in place of the model's own.

    Raises:
        ValueError: no such model, one of another kind, one without a chat template where none is
            given, or a bad argument.
        gymnasium.error.DependencyNotInstalled: transformers or torch is missing or too old.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        device: str | None = None,
        dtype: str | None = None,
        batch_size: int = 8,
        template: str | None = None,
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size={batch_size!r} must be an integer of at least 1")
        self._pretrained = Pretrained("ImageTextToText", folder, device=device, dtype=dtype)
        self._batch_size, self._template = batch_size, template
        self._check()

    def _check(self) -> None:
        """Find out now what would otherwise be a failure of every answer."""
        folder, processor = self._pretrained.folder, self._pretrained.processor
        if self._pretrained.config.is_encoder_decoder:
            raise ValueError(f"folder={folder!r}: encoders with a decoder hold no conversations")
        if self._template is None and processor.chat_template is None:
            raise ValueError(
                f"folder={folder!r} has no chat template, so that how it is spoken to is not "
                "known: give template=..., a chat template in Jinja"
            )
        if "processor_kwargs" not in inspect.signature(processor.apply_chat_template).parameters:
            # Imported here: the layers below the environments work without Gymnasium.
            from gymnasium.error import DependencyNotInstalled

            raise DependencyNotInstalled(
                f"folder={folder!r} needs a newer transformers; run `pip install -U transformers`"
            )

    @property
    def name(self) -> str:
        """``"transformers:"`` and the folder's name."""
        return f"transformers:{self._pretrained.name}"

    def complete(
        self,
        chats: Sequence[Chat],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[str | Failure]:
        """Answer N conversations; see ``ChatModel.complete``.

        An answer ends early where the model has no positions left. A conversation that already
        takes them all is a failure of kind ``"rejected"``; what the model raises, such as for want
        of memory, is one of kind ``"error"``, after conversations of a batch were tried one by one.

        Raises:
            ValueError: ``max_tokens`` below 1 or ``temperature`` below 0, or a folder whose weights
                cannot be read.
        """
        if max_tokens < 1 or not temperature >= 0:
            raise ValueError(
                f"max_tokens={max_tokens!r} must be at least 1, temperature={temperature!r} not "
                "below 0"
            )
        how, answers = _Settings(max_tokens, temperature, seed), dict[int, str | Failure]()
        with self._pretrained.lock:
            try:
                _ = self._pretrained.model
            except (RuntimeError, MemoryError) as error:
                return [self._failed("error", 1, error)] * len(chats)
            for numbers in self._batches(chats):
                batch = [self._prepared(chats[number]) for number in numbers]
                found = self._answer(batch, numbers, how)
                answers.update(zip(numbers, found, strict=True))
        return [answers[number] for number in range(len(chats))]

    def _batches(self, chats: Sequence[Chat]) -> Iterator[list[int]]:
        """Numbers of conversations that go together."""
        by_pictures: dict[int, list[int]] = {}
        for number, chat in enumerate(chats):
            by_pictures.setdefault(_count_pictures(chat), []).append(number)
        for numbers in by_pictures.values():
            for start in range(0, len(numbers), self._batch_size):
                yield numbers[start : start + self._batch_size]

    def _answer(
        self, batch: list[list[Message]], numbers: list[int], how: _Settings
    ) -> list[str | Failure]:
        try:
            return self._generate(batch, numbers, how)
        except Exception as error:
            # Whatever a model or its processor raises is a failure of these conversations alone.
            if len(batch) == 1:
                return [self._failed("error", 1, error)]
        alone = []
        for chat, number in zip(batch, numbers, strict=True):
            alone += self._answer([chat], [number], how)
        return [
            replace(answer, attempts=2) if isinstance(answer, Failure) else answer
            for answer in alone
        ]

    def _generate(
        self, batch: list[list[Message]], numbers: list[int], how: _Settings
    ) -> list[str | Failure]:
        inputs = self._encode(batch)
        room = self._positions() - inputs["attention_mask"].sum(dim=1)
        if len(batch) > 1 and room.min() < 1:
            raise ValueError("one of the conversations is too long")
        if room.min() < 1:
            length = int(inputs["attention_mask"].sum())
            detail = f"the conversation has {length} tokens; the model reads {self._positions()}"
            return [self._failed("rejected", 1, detail)]
        # Imported here: ``import editenv.models.chat.local`` needs none of these.
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        from editenv.models.chat.generation import SeededSampling, unwritten

        model, tokenizer = self._pretrained.model, self._pretrained.processor.tokenizer
        settings = GenerationConfig(
            max_new_tokens=min(how.max_tokens, int(room.min())),
            do_sample=False,
            num_beams=1,
            suppress_tokens=unwritten(model, tokenizer) or None,
            pad_token_id=tokenizer.pad_token_id,
        )
        sampling = [SeededSampling(how.temperature, how.seed, numbers)] if how.temperature else []
        with torch.inference_mode():
            written = model.generate(
                **self._pretrained.to_device(inputs),
                generation_config=settings,
                logits_processor=LogitsProcessorList(sampling),
            )
        new = written[:, inputs["input_ids"].shape[1] :]
        return list(tokenizer.batch_decode(new, skip_special_tokens=True))

    def _encode(self, batch: list[list[Message]]) -> dict[str, Any]:
        """Conversations as the model takes them, padded on the left."""
        processor = self._pretrained.processor
        if processor.tokenizer.pad_token is None:
            processor.tokenizer.pad_token = processor.tokenizer.eos_token
        return dict(
            processor.apply_chat_template(
                batch,
                chat_template=self._template,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                processor_kwargs={"padding": True, "padding_side": "left"},
            )
        )

    def _prepared(self, chat: Chat) -> list[Message]:
        """A copy whose pictures no processor takes for anything else, without control tokens."""
        return [{**m, "content": [self._part(part) for part in m["content"]]} for m in chat]

    def _part(self, part: dict[str, Any]) -> dict[str, Any]:
        if part["type"] == "image":
            return {"type": "image", "image": Pillow.fromarray(part["image"])}
        text = part["text"]
        for token in self._pretrained.processor.tokenizer.added_tokens_decoder.values():
            if token.special and len(token.content) > 1:
                text = text.replace(token.content, f"{token.content[0]} {token.content[1:]}")
        return {"type": "text", "text": text}

    def _positions(self) -> int:
        text = self._pretrained.config.get_text_config()
        return getattr(text, "max_position_embeddings", None) or sys.maxsize

    def _failed(self, kind: str, attempts: int, reason: object) -> Failure:
        name = f"{type(reason).__name__}: " if isinstance(reason, Exception) else ""
        return Failure(kind, self.name, attempts, f"{name}{reason}"[:MOST_DETAIL])

    def close(self) -> None:
        """Give the weights up; the last one to do so frees them."""
        self._pretrained.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> LocalChatModel:
        """A model has no memory, so copies share it."""
        return self


def _count_pictures(chat: Chat) -> int:
    return sum(part["type"] == "image" for message in chat for part in message["content"])


def make_local_model(where: str) -> LocalChatModel:
    """Build a model from what comes after ``"transformers:"``.

    Args:
        where: ``"FOLDER"`` or ``"FOLDER?device=cuda&dtype=bfloat16&batch_size=16&template=FILE"``
            with any of these options; the template is read from the file.

    Raises:
        ValueError: as ``LocalChatModel``, or an unknown option, or an unreadable file.
    """
    folder, options = read_options(
        where, {"device": str, "dtype": str, "batch_size": int, "template": _read_template}
    )
    return LocalChatModel(folder, **options)


def _read_template(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(str(error)) from error
