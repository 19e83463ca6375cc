"""OpenAI's images-edit protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from editenv.models.remote.address import Address, parse_address
from editenv.models.remote.frame import Frame, checked_size, frame_of
from editenv.models.remote.pictures import bytes_of_base64, png
from editenv.models.remote.reply import ProblemError, Reply
from editenv.models.remote.session import Question
from editenv.models.remote_tools.base import Order, RemoteTool
from editenv.models.remote_tools.settings import READERS, arguments_of
from editenv.types import Image

_NO_SEED = ("api.openai.com",)
"""Hosts that refuse a request with a seed."""

_PICTURES = ("image/png", "image/jpeg")

_REFUSALS = ("refusal", "text", "message")
"""Words in place of a picture, as servers in front of chat models send them."""


class ImagesEditTool(RemoteTool):
    """Posts picture, mask and prompt to ``URL/images/edits`` as a form with files.

    The mask is an RGBA PNG, transparent where the server is to edit; a region that is the whole
    picture is sent without one. The picture comes back in base64 or by URL, as PNG or JPEG.

    Args:
        where: ``"URL#MODEL"``, the URL up to and with ``/v1``.
        size: ``"picture"`` asks for the picture's own size, ``"auto"`` leaves it to the server,
            ``"1024x1024"`` sends the picture as large as fits and takes it out again; see
            ``Frame.take``.
        send_seed: whether the prompt's seed is sent; None sends it to all but OpenAI's own
            service, which refuses it.
        result_hosts: hosts besides the server's own that a picture may be fetched from.
        shared: key, limits, budget and settings, as of ``RemoteTool``.

    Raises:
        ValueError: a wrong argument, or credentials in ``where``.
        gymnasium.error.DependencyNotInstalled: httpx, anyio or tenacity is missing.
    """

    kind = "openai"

    def __init__(
        self,
        where: str | Address,
        *,
        size: str = "picture",
        send_seed: bool | None = None,
        result_hosts: Sequence[str] = (),
        **shared: Any,
    ) -> None:
        super().__init__(where, **shared)
        self._size = checked_size(size)
        host = urlsplit(self.address.url).hostname
        self._send_seed = host not in _NO_SEED if send_seed is None else bool(send_seed)
        self._hosts = frozenset((host, *result_hosts))

    def _facts(self) -> tuple[object, ...]:
        return (self._size, self._send_seed)

    def _fetch(self, orders: Sequence[Order]) -> list[Any]:
        results = super()._fetch(orders)
        # A text is the URL of a picture that is elsewhere.
        places = [n for n, result in enumerate(results) if isinstance(result, str)]
        fetched = self._ask([self._download(orders[n], results[n]) for n in places])
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
            **self._fields(order),
            "prompt": order.prompt.text,
            "size": frame.asked,
            "n": "1",
        }
        if self._send_seed:
            fields["seed"] = str(order.prompt.seed)
        image = frame.place(order.image)
        files = {"image": ("image.png", png(image), "image/png")}
        if not order.mask.all():
            mask = png(image, alpha=255 - frame.place_mask(order.mask))
            files["mask"] = ("mask.png", mask, "image/png")
        return {"data": fields, "files": files}

    def _read(self, reply: Reply, frame: Frame, order: Order) -> Image | str:
        item = _item_of(reply.json())
        text = item["url"] if item.get("b64_json") is None else item["b64_json"]
        if not isinstance(text, str):
            raise ProblemError("bad_response", "the picture is not a text")
        if item.get("b64_json") is not None or text.startswith("data:"):
            return self._picture(bytes_of_base64(text), frame, order)
        self._check_url(text)
        return text

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
            return self._picture(reply.body, frame, order)

        return Question(url, read, method="GET", counted=False)


def _item_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one picture of a reply, which has ``b64_json`` or ``url``."""
    items = data.get("data")
    item = items[0] if isinstance(items, list) and items else {}
    if not isinstance(item, dict):
        raise ProblemError("bad_response", "data[0] is not an object")
    if item.get("b64_json") is None and item.get("url") is None:
        if any(isinstance(part.get(name), str) for part in (item, data) for name in _REFUSALS):
            raise ProblemError("refusal", "the server sent words in place of a picture")
        raise ProblemError("bad_response", "the reply has no data[0].b64_json and no url")
    return item


def make_images_edit_tool(where: str) -> ImagesEditTool:
    """Build the tool of ``"openai:WHERE"``.

    Args:
        where: ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...``, such as
            ``https://api.openai.com/v1#gpt-image-1?quality=low,high&money=0.01,0.17``. Options:
            ``quality`` (values by comma; each becomes an option of the tool and is sent as the
            field of that name), ``money`` and ``seconds`` (one for all, or one for each quality),
            ``field.NAME`` (sent along), ``name``, ``action``, ``target``, ``template`` and
            ``outside`` (``Settings``), ``size``, ``send_seed`` (yes, no), ``result_hosts`` (by
            comma), and every bound of ``Limits``.

    Key and budget are those of the process: ``editenv.models.remote.default_key`` and
    ``editenv.models.remote.default_budget``.

    Raises:
        ValueError: a wrong or unknown option, no URL, or credentials inside.
        gymnasium.error.DependencyNotInstalled: httpx, anyio or tenacity is missing.
    """
    own = {"size": str, "send_seed": _switch, "result_hosts": _hosts}
    address = parse_address(where, "where", {**READERS, **own})
    given = {name: address.options[name] for name in own if name in address.options}
    return ImagesEditTool(address, **given, **arguments_of(address.options))


def _switch(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("choose from ['yes', 'no']")
    return text == "yes"


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(host for host in text.split(",") if host)
