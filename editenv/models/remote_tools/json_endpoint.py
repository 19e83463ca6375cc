"""A plain JSON endpoint: the simplest protocol to put in front of a model of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from editenv.models.remote.budget import Budget
from editenv.models.remote.frame import frame_of
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.pictures import base64_png, bytes_of_base64, picture, rgb
from editenv.models.remote.question import Question
from editenv.models.remote.reply import ProblemError, Reply
from editenv.models.remote_tools.base import Order, RemoteTool
from editenv.models.remote_tools.settings import Settings
from editenv.types import Image


class JsonTool(RemoteTool):
    """Posts a JSON object to the URL itself and reads one back.

    The request: ``image`` and ``mask`` (PNG in base64; the mask is grey, 255 where to edit),
    ``prompt``, ``seed``, ``option`` (its name), ``model`` where one is named, and the fields of the
    settings. The reply, with status 200 and content type ``application/json``: ``image`` (PNG or
    JPEG in base64, of the same shape), or ``refusal`` (a text) where the model declines.

    Args:
        where: ``"URL"`` or ``"URL#MODEL"``.
        key: where the API key is; None sends none.
        limits: bounds of the calls.
        budget: what may be spent.
        settings: see ``Settings``.

    Raises:
        ValueError: a wrong argument, or credentials in ``where``.
        gymnasium.error.DependencyNotInstalled: httpx or tenacity is missing.
    """

    def __init__(
        self,
        where: str,
        *,
        key: Key | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(where, "json", key, limits, budget, settings)

    def _question(self, order: Order) -> Question[Image]:
        return Question(
            "",
            lambda reply: self._read(reply, order),
            lambda: {"json": self._body(order)},
            money=self.settings.cost(order.option).money,
        )

    def _body(self, order: Order) -> Mapping[str, Any]:
        model = {"model": self.address.model} if self.address.model else {}
        return {
            **self.settings.fields,
            **self.settings.presets[order.option],
            **model,
            "image": base64_png(order.image),
            "mask": base64_png(order.mask),
            "prompt": order.prompt.text,
            "seed": order.prompt.seed,
            "option": order.option,
        }

    def _read(self, reply: Reply, order: Order) -> Image:
        data = reply.json()
        if data.get("image") is None:
            if isinstance(data.get("refusal"), str):
                raise ProblemError("refusal", "the server sent a refusal")
            raise ProblemError("bad_response", "the reply has no image")
        opened = picture(bytes_of_base64(data["image"]), self.client.limits.pixels)
        return frame_of("picture", order.image).take(rgb(opened, order.image))
