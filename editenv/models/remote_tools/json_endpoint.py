"""A plain JSON endpoint: the simplest protocol to put in front of a model of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from editenv.models.remote.address import FIELD, parse_address
from editenv.models.remote.frame import frame_of
from editenv.models.remote.pictures import base64_png, bytes_of_base64
from editenv.models.remote.reply import ProblemError, Reply
from editenv.models.remote.session import Question
from editenv.models.remote_tools.base import Order, RemoteTool
from editenv.models.remote_tools.settings import READERS, arguments_of
from editenv.options import json_value
from editenv.types import Image


class JsonTool(RemoteTool):
    """Posts a JSON object to the URL itself and reads one back.

    The request: ``image`` and ``mask`` (PNG in base64; the mask is grey, 255 where to edit),
    ``prompt``, ``seed``, ``option`` (its name), ``model`` where one is named, and the fields of the
    settings. The reply, with status 200 and content type ``application/json``: ``image`` (PNG or
    JPEG in base64, of the same shape), or ``refusal`` (a text) where the model declines.

    Arguments and errors are those of ``RemoteTool``.
    """

    kind = "json"

    def _question(self, order: Order) -> Question[Image]:
        return Question(
            "",
            lambda reply: self._read(reply, order),
            lambda: {"json": self._body(order)},
            money=self.settings.cost(order.option).money,
        )

    def _body(self, order: Order) -> Mapping[str, Any]:
        return {
            **self._fields(order),
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
        frame = frame_of("picture", order.image)
        return self._picture(bytes_of_base64(data["image"]), frame, order)


def make_json_tool(where: str) -> JsonTool:
    """Build the tool of ``"json:WHERE"``.

    Args:
        where: ``URL``, ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...``; the model may be empty.
            Options as for ``make_images_edit_tool``, but for ``size``, ``send_seed`` and
            ``result_hosts``. The value of a ``field.NAME`` is read as JSON where it is some.

    Raises:
        ValueError: a wrong or unknown option, no URL, or credentials inside.
        gymnasium.error.DependencyNotInstalled: httpx, anyio or tenacity is missing.
    """
    address = parse_address(where, "where", {**READERS, FIELD: json_value})
    return JsonTool(address, **arguments_of(address.options))
