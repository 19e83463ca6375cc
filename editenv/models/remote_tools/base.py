"""What remote tools have in common; a protocol is a subclass that says how to ask."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from editenv.failure import Failure
from editenv.models.remote.address import Address, parse_address
from editenv.models.remote.budget import Budget
from editenv.models.remote.client import RemoteClient
from editenv.models.remote.frame import Frame
from editenv.models.remote.key import Key
from editenv.models.remote.limits import Limits
from editenv.models.remote.pictures import picture, rgb
from editenv.models.remote.session import Question
from editenv.models.remote_tools.settings import Settings
from editenv.tools.base import Edited, Prompt, Wording
from editenv.tools.cost import Cost
from editenv.types import Image, Mask


@dataclass(frozen=True, eq=False)
class Order:
    """One edit to make.

    Attributes:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8.
        option: its name.
        prompt: text and seed.
    """

    image: Image
    mask: Mask
    option: str
    prompt: Prompt


class RemoteTool(ABC):
    """A ``PromptedTool`` whose edits a server makes.

    Args:
        where: ``"URL"`` or ``"URL#MODEL"``.
        key: where the API key is; None sends none.
        limits: bounds of the calls; None takes those of ``Limits()``.
        budget: what may be spent; None is no bound.
        settings: see ``Settings``; None takes the defaults.

    Raises:
        ValueError: a wrong argument, or credentials in ``where``.
        gymnasium.error.DependencyNotInstalled: httpx, anyio or tenacity is missing.
    """

    expensive = True
    kind: str
    """Prefix of its name."""

    def __init__(
        self,
        where: str | Address,
        *,
        key: Key | None = None,
        limits: Limits | None = None,
        budget: Budget | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.address = parse_address(where, "where")
        self.settings = settings or Settings()
        self.name = self.settings.name or f"{self.kind}:{self.address.name}"
        self.client = RemoteClient(self.address, key, limits, budget)
        self.options: tuple[str, ...] = tuple(self.settings.presets)
        self.action, self.target = self.settings.action, self.settings.target

    @property
    def version(self) -> str:
        """Another for every setting that other bytes may come of; the edit cache reads it."""
        settings = self.settings
        facts = (
            self.address.url,
            self.address.query,
            self.address.model,
            sorted((name, sorted(fields.items())) for name, fields in settings.presets.items()),
            sorted(settings.fields.items()),
            settings.action,
            settings.outside,
            self._facts(),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    def compose(self, wording: Wording, option: int) -> str:
        """Return the prompt of a call; see ``editenv.models.remote_tools.TEMPLATE``."""
        return self.settings.compose(wording, self.options[option])

    def apply(
        self, images: list[Image], masks: list[Mask], options: list[int]
    ) -> list[Edited | Failure]:
        """Edit a batch with the tool's action as all that is said, and seed 0."""
        wording = Wording(f"{self.action} what the mask marks", "region")
        prompts = [Prompt(self.compose(wording, option)) for option in options]
        return self.apply_prompted(images, masks, options, prompts)

    def apply_prompted(
        self, images: list[Image], masks: list[Mask], options: list[int], prompts: list[Prompt]
    ) -> list[Edited | Failure]:
        """Edit a batch, as many pictures at once as the limits allow.

        Returns:
            N edits; a ``Failure`` with component ``"tool:NAME"`` where the server gave none.
        """
        orders = [
            Order(image, mask, self.options[option], prompt)
            for image, mask, option, prompt in zip(images, masks, options, prompts, strict=True)
        ]
        results = self._fetch(orders)
        return [
            result if isinstance(result, Failure) else self._edited(order, result)
            for order, result in zip(orders, results, strict=True)
        ]

    def cost(self, option: int) -> Cost:
        """Return what an edit is declared to cost."""
        return self.settings.cost(self.options[option])

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added that has a mask of its own."""
        return None

    def close(self) -> None:
        """Close its connections and end its thread; a later call opens new ones."""
        self.client.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @abstractmethod
    def _question(self, order: Order) -> Question[Any]:
        """Say how to ask for an edit; the result is (H, W, 3) uint8."""

    def _facts(self) -> tuple[object, ...]:
        """Return more settings that other bytes may come of."""
        return ()

    def _fetch(self, orders: Sequence[Order]) -> list[Any]:
        return self._ask([self._question(order) for order in orders])

    def _ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        return self.client.ask(questions, f"tool:{self.name}")

    def _fields(self, order: Order) -> dict[str, Any]:
        """Return the fields that a request has by the tool's settings and model."""
        model = {"model": self.address.model} if self.address.model else {}
        return {**self.settings.fields, **self.settings.presets[order.option], **model}

    def _picture(self, data: bytes, frame: Frame, order: Order) -> Image:
        """Decode what came back for what was sent, at the size that the picture has."""
        opened = picture(data, self.client.limits.pixels)
        return frame.take(rgb(opened, frame.place(order.image)))

    def _edited(self, order: Order, after: Image) -> Edited:
        if self.settings.outside == "exact":
            after = np.where(order.mask[..., None] > 0, after, order.image)
        gone = self.action == "remove"
        return Edited(after, np.zeros_like(order.mask) if gone else order.mask)
