"""Chat models: what neural agents and judges talk to. A new kind is a file and a line here."""

from __future__ import annotations

from importlib import import_module

from editenv.models.chat.base import Chat, ChatModel, Message
from editenv.protocols import follows

CHAT_KINDS: dict[str, str] = {
    "openai": "editenv.models.chat.endpoint:make_endpoint_model",
    "transformers": "editenv.models.chat.local:make_local_model",
}
"""By prefix, as in ``"openai:URL#MODEL"``: ``module:function`` that builds a model from the rest.

The module is imported when it is first asked for, so that its packages stay optional."""


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
            module, _, function = CHAT_KINDS[kind].partition(":")
            return getattr(import_module(module), function)(where)
    elif follows(model, ChatModel):
        return model
    accepted = [f"{kind}:..." for kind in CHAT_KINDS]
    raise ValueError(f"model={model!r} is not accepted: give {accepted} or a ChatModel")


__all__ = ["CHAT_KINDS", "Chat", "ChatModel", "Message", "make_chat_model"]
