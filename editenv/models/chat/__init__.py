"""Chat models: what neural agents and judges talk to. A new kind is a file and a line here."""

from __future__ import annotations

from editenv import entry_points
from editenv.entry_points import EntryPoint
from editenv.models.chat.base import Chat, ChatModel, Message
from editenv.protocols import implements

CHAT_KINDS: dict[str, EntryPoint] = {
    "openai": "editenv.models.chat.endpoint:make_endpoint_model",
    "transformers": "editenv.models.chat.local:make_local_model",
}
"""By prefix, as in ``"openai:URL#MODEL"``: what builds a model from the rest."""


def register_chat_kind(kind: str, entry_point: EntryPoint) -> None:
    """Add a kind of chat model, which ``"KIND:WHERE"`` then names wherever a model is asked for.

    Args:
        kind: what stands before the colon.
        entry_point: ``"module:function"`` or a function, from WHERE to a ``ChatModel``.

    Raises:
        ValueError: see ``editenv.entry_points.register``.
    """
    entry_points.register(CHAT_KINDS, kind, entry_point)


def make_chat_model(model: str | ChatModel) -> ChatModel:
    """Find or build a chat model.

    Args:
        model: ``"transformers:FOLDER"`` (an image-text-to-text model in this process),
            ``"openai:URL"`` or ``"openai:URL#MODEL"`` (an endpoint that speaks OpenAI's chat
            protocol, as vLLM, SGLang and Ollama do), or an object, which is returned as it is.

    Raises:
        ValueError: none of these.
        gymnasium.error.DependencyNotInstalled: the kind's packages are missing.
    """
    if isinstance(model, str):
        kind, _, where = model.partition(":")
        if where and kind in CHAT_KINDS:
            return entry_points.load(CHAT_KINDS[kind])(where)
    elif implements(model, ChatModel):
        return model
    accepted = [f"{kind}:..." for kind in CHAT_KINDS]
    raise ValueError(f"model={model!r} is not accepted: give {accepted} or a ChatModel")


__all__ = [
    "CHAT_KINDS",
    "Chat",
    "ChatModel",
    "Message",
    "make_chat_model",
    "register_chat_kind",
]
