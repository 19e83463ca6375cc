"""OpenAI's images-edit protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from editenv.failure import Failure
from editenv.models.remote.budget import Budget
from editenv.models.remote.frame import Frame, checked_size, frame_of
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.pictures import bytes_of_base64, picture, png, rgb
from editenv.models.remote.question import Question
from editenv.models.remote.reply import ProblemError, Reply
from editenv.models.remote_tools.base import Order, RemoteTool
from editenv.models.remote_tools.settings import Settings
from editenv.types import Image

_NO_SEED = ("api.openai.com",)
"""Hosts that refuse a request with a seed."""

_PICTURES = ("image/png", "image/jpeg")


@dataclass(frozen=True)
class _Elsewhere:
    """An edited picture that must be fetched from a URL."""

    url: str


class ImagesEditTool(RemoteTool):
    """Posts picture, mask and prompt to ``URL/images/edits`` as a form with files.

    The mask is an RGBA PNG, transparent where the server is to edit; a region that is the whole
    picture is sent without one. The picture comes back in base64 or by URL, as PNG or JPEG.

    Args:
        where: ``"URL#MODEL"``, the URL up to and with ``/v1``.
        key: where the API key is; None sends none.
        limits: bounds of the calls.
        budget: what may be spent.
        settings: see ``Settings``.
        size: ``"picture"`` asks for the picture's own size, ``"auto"`` leaves it to the server,
            ``"1024x1024"`` sends the picture as large as fits and takes it out again; see
            ``Frame.take``.
        send_seed: whether the prompt's seed is sent; None sends it to all but OpenAI's own
            service, which refuses it.
        result_hosts: hosts besides the server's own that a picture may be fetched from.

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
        size: str = "picture",
        send_seed: bool | None = None,
        result_hosts: Sequence[str] = (),
    ) -> None:
        super().__init__(where, "openai", key, limits, budget, settings)
        self._size = checked_size(size)
        host = urlsplit(self.address.url).hostname
        self._send_seed = host not in _NO_SEED if send_seed is None else bool(send_seed)
        self._hosts = frozenset((host, *result_hosts))

    def _facts(self) -> tuple[object, ...]:
        return (self._size, self._send_seed)

    def _fetch(self, orders: Sequence[Order]) -> list[Image | Failure]:
        questions = [self._question(order) for order in orders]
        results: list[Any] = self.client.ask(questions, self.component)
        places = [n for n, result in enumerate(results) if isinstance(result, _Elsewhere)]
        fetched = self.client.ask(
            [self._download(orders[place], results[place].url) for place in places], self.component
        )
        for place, image in zip(places, fetched, strict=True):
            results[place] = image
        return results

    def _question(self, order: Order) -> Question[Any]:
        frame = frame_of(self._size, order.image)
        return Question(
            "/images/edits",
            lambda reply: self._read(reply, frame, order),
            lambda: self._form(frame, order),
            money=self.settings.cost(order.option).money,
        )

    def _form(self, frame: Frame, order: Order) -> Mapping[str, Any]:
        fields = {
            **self.settings.fields,
            **self.settings.presets[order.option],
            "prompt": order.prompt.text,
            "size": frame.asked,
            "n": "1",
        }
        if self.address.model:
            fields["model"] = self.address.model
        if self._send_seed:
            fields["seed"] = str(order.prompt.seed)
        image = frame.place(order.image)
        files = {"image": ("image.png", png(image), "image/png")}
        if not order.mask.all():
            mask = png(image, alpha=255 - frame.place_mask(order.mask))
            files["mask"] = ("mask.png", mask, "image/png")
        return {"data": fields, "files": files}

    def _read(self, reply: Reply, frame: Frame, order: Order) -> Image | _Elsewhere:
        item = _item_of(reply.json())
        if item.get("b64_json") is not None:
            return self._image(bytes_of_base64(item["b64_json"]), frame, order)
        url = item["url"]
        if not isinstance(url, str):
            raise ProblemError("bad_response", "the picture's url is not a text")
        if url.startswith("data:"):
            return self._image(bytes_of_base64(url), frame, order)
        self._check_url(url)
        return _Elsewhere(url)

    def _check_url(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            scheme, host, _ = parts.scheme, parts.hostname, parts.port
        except ValueError:
            scheme = host = None
        if scheme not in ("http", "https") or host not in self._hosts:
            raise ProblemError(
                "bad_response",
                "the picture is at a host that is not among result_hosts",
                final=True,
            )

    def _download(self, order: Order, url: str) -> Question[Image]:
        frame = frame_of(self._size, order.image)

        def read(reply: Reply) -> Image:
            if reply.content_type not in _PICTURES:
                raise ProblemError(
                    "bad_response",
                    f"content type {reply.content_type!r} is none of {_PICTURES}",
                )
            return self._image(reply.body, frame, order)

        return Question(url, read, method="GET", counted=False)

    def _image(self, data: bytes, frame: Frame, order: Order) -> Image:
        opened = picture(data, self.client.limits.pixels)
        return frame.take(rgb(opened, frame.place(order.image)))


def _item_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one picture of a reply, which has ``b64_json`` or ``url``."""
    items = data.get("data")
    item = items[0] if isinstance(items, list) and items else {}
    if not isinstance(item, dict):
        raise ProblemError("bad_response", "data[0] is not an object")
    if item.get("b64_json") is None and item.get("url") is None:
        # Words in place of a picture, as servers in front of chat models send them.
        if any(isinstance(part.get(name), str) for part in (item, data) for name in _REFUSALS):
            raise ProblemError("refusal", "the server sent words in place of a picture")
        raise ProblemError("bad_response", "the reply has no data[0].b64_json and no url")
    return item


_REFUSALS = ("refusal", "text", "message")
