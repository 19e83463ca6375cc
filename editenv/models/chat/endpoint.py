"""Chat models behind an endpoint that speaks OpenAI's chat protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from editenv.failure import Failure
from editenv.models.chat.base import Chat, Message, parts_of
from editenv.models.chat.prices import TokenPrices
from editenv.models.remote import limits as bounds
from editenv.models.remote.address import FIELD, Address, parse_address
from editenv.models.remote.budget import Budget
from editenv.models.remote.client import RemoteClient, arguments_of_process
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.pictures import data_url
from editenv.models.remote.redaction import quote
from editenv.models.remote.reply import ProblemError, Reply
from editenv.models.remote.session import Question
from editenv.options import Readers, json_value

_PRICES = ("input", "output", "image_tokens")
READERS: Readers = {
    "token_field": str,
    FIELD: json_value,
    **dict.fromkeys(_PRICES, float),
    **bounds.READERS,
}
"""Options of ``"openai:URL#MODEL?NAME=VALUE&..."``."""


_Answer = tuple[str, float | None]
"""An answer, and what it cost where the server says so."""


class EndpointChatModel:
    """Asks ``URL/chat/completions``, as vLLM, SGLang, Ollama, llama.cpp and OpenAI serve it.

    Pictures travel as PNG in data URLs. An answer that was refused, filtered or left empty is a
    ``Failure`` of kind ``"refusal"``; one that does not come is named by its reason.

    Args:
        where: ``"URL"`` or ``"URL#MODEL"``, the URL up to and with ``/v1``. Without a model it is
            the one that ``URL/models`` lists, which is asked with the first call.
        key: where the API key is; None sends none.
        limits: bounds of the calls; None takes those of ``Limits()``.
        budget: what may be spent; None is no bound.
        prices: of its tokens; None is nothing.
        token_field: what the server calls the longest answer; OpenAI's newer models want
            ``"max_completion_tokens"``.
        extra: fields that are added to every request, such as
            ``{"chat_template_kwargs": {"enable_thinking": False}}``; None leaves a field out, such
            as ``{"temperature": None}`` for a server that refuses it.

    Attributes:
        name: ``"openai:URL#MODEL"``; holds no key.

    Raises:
        ValueError: a wrong argument, or credentials in ``where``.
        gymnasium.error.DependencyNotInstalled: httpx or tenacity is missing.
    """

    def __init__(
        self,
        where: str | Address,
        *,
        key: Key | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
        prices: TokenPrices | None = None,
        token_field: str = "max_tokens",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        address = parse_address(where, "where")
        self._prices, self._token_field = prices or TokenPrices(), token_field
        self._extra, self._model = dict(extra or {}), address.model
        self.name = f"openai:{address.name}"
        self.client = RemoteClient(address, key, limits, budget)

    def complete(
        self,
        chats: Sequence[Chat],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[str | Failure]:
        """Answer N conversations, as many at once as the limits allow; see ``ChatModel``.

        Raises:
            ValueError: no model is named and the server has none or several; a message that is
                not as ``editenv.models.chat.Message`` says.
        """
        if not chats:
            return []
        model = self._model or self._find_model()
        if isinstance(model, Failure):
            return [model] * len(chats)
        settings = {
            "model": model,
            self._token_field: max_tokens,
            "temperature": temperature,
            "seed": seed,
            **self._extra,
        }
        settings = {name: value for name, value in settings.items() if value is not None}
        questions = [self._question(chat, settings, max_tokens) for chat in chats]
        answers = self.client.ask(questions, self.name)
        return [answer if isinstance(answer, Failure) else answer[0] for answer in answers]

    def close(self) -> None:
        """Close its connections; a later call opens new ones."""
        self.client.close()

    def __repr__(self) -> str:
        return f"EndpointChatModel({self.name!r})"

    def _question(
        self, chat: Chat, settings: Mapping[str, Any], max_tokens: int
    ) -> Question[_Answer]:
        return Question(
            "/chat/completions",
            self._read,
            lambda: {"json": {**settings, "messages": [wire(message) for message in chat]}},
            money=self._prices.most(chat, max_tokens),
            price=lambda answer: answer[1],
        )

    def _read(self, reply: Reply) -> _Answer:
        data = reply.json()
        return _text_of(data), self._prices.of(data.get("usage"))

    def _find_model(self) -> str | Failure:
        question = Question("/models", _read_models, method="GET", counted=False)
        (names,) = self.client.ask([question], self.name)
        if isinstance(names, Failure):
            return names
        if len(names) != 1:
            found = quote(str(names))
            raise ValueError(f"where={self.name!r} names no model: add #MODEL, one of {found}")
        self._model = names[0]
        return self._model


def wire(message: Message) -> dict[str, Any]:
    """Write a message as OpenAI's chat protocol does, its pictures as PNG in data URLs.

    Messages without pictures have their text as a plain string, which every server takes.
    """
    parts = parts_of(message)
    if all(part["type"] == "text" for part in parts):
        content: Any = "\n".join(part["text"] for part in parts)
    else:
        content = [_wire_part(part) for part in parts]
    return {"role": message["role"], "content": content}


def _wire_part(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    return {"type": "image_url", "image_url": {"url": data_url(part["image"])}}


def _text_of(data: Mapping[str, Any]) -> str:
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise ProblemError("bad_response", "the reply has no choices[0].message")
    reason = choice.get("finish_reason")
    if message.get("refusal"):
        raise ProblemError("refusal", "the model refused")
    if reason == "content_filter":
        raise ProblemError("refusal", "the answer was filtered")
    text = message.get("content")
    if isinstance(text, list):
        parts = [part.get("text") for part in text if isinstance(part, dict)]
        text = "".join(part for part in parts if isinstance(part, str))
    if text is not None and not isinstance(text, str):
        raise ProblemError("bad_response", f"message.content is a {type(text).__name__}")
    if not text or not text.strip():
        raise ProblemError("refusal", f"an empty answer, finish_reason={reason!r}")
    return text


def _read_models(reply: Reply) -> list[str]:
    models = reply.json().get("data")
    if not isinstance(models, list):
        raise ProblemError("bad_response", "the reply has no data")
    names = [model.get("id") for model in models if isinstance(model, dict)]
    return [name for name in names if isinstance(name, str)]


def make_endpoint_model(where: str) -> EndpointChatModel:
    """Build the chat model of ``"openai:WHERE"``.

    Args:
        where: ``URL``, ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...``. Options: ``token_field``,
            ``field.NAME`` (``extra``; the value is read as JSON where it is some), the prices
            ``input``, ``output`` and ``image_tokens`` (``TokenPrices``), and every bound of
            ``Limits``, such as ``concurrency=32&attempt=60``.

    Key and budget are those of the process: ``editenv.models.remote.default_key`` and
    ``editenv.models.remote.default_budget``.

    Raises:
        ValueError: a wrong or unknown option, no URL, or credentials inside.
        gymnasium.error.DependencyNotInstalled: httpx or tenacity is missing.
    """
    address = parse_address(where, "where", READERS)
    options = address.options
    return EndpointChatModel(
        address,
        prices=TokenPrices(**{name: options[name] for name in _PRICES if name in options}),
        token_field=options.get("token_field", "max_tokens"),
        extra=options.get(FIELD),
        **arguments_of_process(options),
    )
