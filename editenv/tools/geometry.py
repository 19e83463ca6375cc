"""What tools share that change where things are."""

from __future__ import annotations

from abc import ABC, abstractmethod

from editenv.imaging import geometry
from editenv.imaging.compose import lift, resize_rgba, stand
from editenv.imaging.inpaint import inpaint_texture
from editenv.imaging.regions import bounds
from editenv.tools.base import Edited, Target
from editenv.tools.cost import Cost
from editenv.types import Box, Image, Mask


class GeometryTool(ABC):
    """Common part: a loop over the batch, and a region that keeps its name."""

    name: str
    action: str
    target: Target = "region"
    options: tuple[str, ...]
    cost_per_megapixel: Cost

    @abstractmethod
    def edit(self, image: Image, mask: Mask, option: str) -> Edited:
        """Edit one picture; ``mask`` is not empty."""

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch; see ``Tool.apply``. An empty mask changes nothing."""
        return [
            self.edit(image, mask, self.options[option])
            if bounds(mask)[2]
            else Edited(image.copy(), mask)
            for image, mask, option in zip(images, masks, options, strict=True)
        ]

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None


def put_at(image: Image, mask: Mask, core: Box, goal: Box) -> Edited:
    """Take the masked object out, fill the hole, and paste the object into a box.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 soft mask of the object.
        core: bounds of its solid part.
        goal: where that goes.
    """
    backdrop = inpaint_texture(image, mask)
    rgba, box = lift(image, backdrop, mask)
    place = geometry.follow(box, core, goal)
    size = (place[2] - place[0], place[3] - place[1])
    if size != (box[2] - box[0], box[3] - box[1]):
        rgba = resize_rgba(rgba, *size)
    return Edited(backdrop, stand(backdrop, rgba, place))
