"""What the playground does, without a page: a picture that people and policies edit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import gymnasium
import numpy as np

from editenv.envs.image_edit import ImageEditEnv
from editenv.registration import CONFIGURATIONS
from editenv.types import EditTask, Image, Region, ToolCall
from editenv.workspace import CONTROLS, SUBMIT, UNDO
from editenv_policies import trained
from editenv_policies.baselines import BASELINES
from editenv_policies.evaluation import Actor, ModelActor

LONGEST_SIDE = 768
"""Photos are made this large at most, in pixels."""

SHORTEST_SIDE = 32

MOST_CALLS = 20
"""After so many calls a policy that does not hand in is stopped."""

TRAINED = "trained"

OUTLINE = (255, 205, 60)


@dataclass(frozen=True)
class Call:
    """A call that was made, as it is told and exported.

    Attributes:
        tool: its name, or ``"undo"`` or ``"submit"``.
        option: its name; ``""`` for undo and submit.
        region: slot; 0 is the whole picture.
        place: what the region looks like.
        by: ``"hand"``, or the policy's name.
        reward: what the call was worth; None where there is no target.
        refused: why nothing was done; ``""`` where something was.
    """

    tool: str
    option: str
    region: int
    place: str
    by: str
    reward: float | None
    refused: str


class Session:
    """One picture in progress.

    Args:
        env: an ``ImageEditEnv``, reset.
        observation: what ``reset`` gave.

    Attributes:
        calls: what was done so far.
        over: whether the picture was handed in.
    """

    def __init__(self, env: gymnasium.Env, observation: dict[str, Any]) -> None:
        base = env.unwrapped
        assert isinstance(base, ImageEditEnv)
        self._env, self._base, self._seen = env, base, observation
        self._actors: dict[str, Actor] = {}
        self.calls: list[Call] = []
        self.over = False
        self._folder = TemporaryDirectory(prefix="editenv-play-")

    @classmethod
    def of_task(cls, env_id: str, split: str, seed: int) -> Session:
        """Take a task of a registered id.

        Raises:
            ValueError: an unknown id or split.
        """
        if env_id not in CONFIGURATIONS:
            raise ValueError(f"id={env_id!r} is unknown: choose from {list(CONFIGURATIONS)}")
        # No step limit: who tries things out by hand needs as many calls as it takes.
        env = gymnasium.make(env_id, split=split, disable_env_checker=True, max_episode_steps=-1)
        observation, _ = env.reset(seed=seed)
        return cls(env, observation)

    @classmethod
    def of_photo(cls, photo: Image, instruction: str) -> Session:
        """Take a photo and what is wanted of it, with all tools of the package.

        Args:
            photo: (H, W, 3) uint8, of any size.
            instruction: the user's words, at least one.

        Raises:
            ValueError: no words, or a picture that cannot be used.
        """
        if not instruction.strip():
            raise ValueError("instruction='' is empty: say what is to be done")
        source = fitted(photo)
        env = gymnasium.make(
            "ImageEdit-v0",
            tools="all",
            image_size=source.shape[:2],
            disable_env_checker=True,
            max_episode_steps=-1,
        )
        task = EditTask(source=source, instruction=instruction)
        observation, _ = env.reset(seed=0, options={"task": task})
        return cls(env, observation)

    @property
    def folder(self) -> Path:
        """Where files to be downloaded lie until the session is closed."""
        return Path(self._folder.name)

    @property
    def instruction(self) -> str:
        """The user's words."""
        return self._base.task.instruction

    @property
    def source(self) -> Image:
        """The picture before everything, (H, W, 3) uint8."""
        return self._base.task.source

    @property
    def canvas(self) -> Image:
        """The picture as it is now, (H, W, 3) uint8."""
        return self._base.workspace.canvas

    @property
    def tools(self) -> dict[str, tuple[str, ...]]:
        """Options by tool."""
        return {tool.name: tool.options for tool in self._base.tools}

    @property
    def policies(self) -> list[str]:
        """Names of the policies that can play this picture."""
        known = [*BASELINES] if self._base.task.stages else ["random", "pipeline"]
        spec = self._env.spec
        has_model = spec is not None and spec.id in trained.available() and self._base.task.stages
        return [TRAINED, *known] if has_model else known

    @property
    def solved(self) -> bool | None:
        """Whether all is done that was asked for; None where nobody can tell."""
        verdict = self._base.workspace.state.verdict
        return verdict.success if verdict.known else None

    def region_at(self, x: int, y: int) -> int:
        """Return the slot of the smallest region at a pixel; 0 where there is none."""
        found = [
            (int((region.mask > 127).sum()), slot)
            for slot, region in enumerate(self._base.workspace.regions)
            if slot > 0 and region is not None and region.mask[y, x] > 127
        ]
        return min(found)[1] if found else 0

    def outlined(self, slot: int) -> Image:
        """Draw a region's outline over the canvas, (H, W, 3) uint8."""
        region = self._region(slot)
        if region is None or slot == 0:
            return self.canvas
        solid = cv2.threshold(region.mask, 127, 255, cv2.THRESH_BINARY)[1]
        lines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        width = max(min(self.canvas.shape[:2]) // 128, 1)
        return cv2.drawContours(self.canvas.copy(), lines, -1, OUTLINE, width)

    def place_of(self, slot: int) -> str:
        """Say what a region looks like."""
        if slot == 0:
            return "whole picture"
        workspace = self._base.workspace
        return workspace.name_of(workspace.state, slot) or f"region {slot}"

    def apply(self, tool: str, option: str, slot: int) -> Call:
        """Make a call by hand.

        Args:
            tool: a tool's name.
            option: one of its options.
            slot: of the region.

        Raises:
            ValueError: an unknown tool or option, or the picture was handed in.
        """
        if tool not in self.tools:
            raise ValueError(f"tool={tool!r} is unknown: choose from {list(self.tools)}")
        if option not in self.tools[tool]:
            raise ValueError(f"option={option!r}: {tool} has {list(self.tools[tool])}")
        return self._make(ToolCall(tool, slot, self.tools[tool].index(option)), "hand")

    def undo(self) -> Call:
        """Take the last edit back."""
        return self._make(ToolCall(UNDO), "hand")

    def step(self, policy: str) -> Call:
        """Let a policy make its next call.

        Raises:
            ValueError: a policy that cannot play here, or the picture was handed in.
        """
        if policy not in self.policies:
            raise ValueError(f"policy={policy!r}: choose from {self.policies}")
        self._check_open()
        if policy not in self._actors:
            self._actors = {policy: self._actor(policy)}
            self._actors[policy].reset(self._env)
        action = self._actors[policy].act(self._seen, self._env)
        return self._make(self._base.decode(action), policy)

    def run(self, policy: str) -> list[Call]:
        """Let a policy go on until it hands in, or has made ``MOST_CALLS`` calls."""
        made: list[Call] = []
        while not self.over and len(made) < MOST_CALLS:
            made.append(self.step(policy))
        return made

    def export(self) -> dict[str, Any]:
        """Return what was done as plain values."""
        return {
            "instruction": self.instruction,
            "size": list(self.canvas.shape[:2]),
            "solved": self.solved,
            "calls": [asdict(call) for call in self.calls],
        }

    def close(self) -> None:
        """Close the environment, and remove the folder."""
        self._env.close()
        self._folder.cleanup()

    def _actor(self, policy: str) -> Actor:
        if policy != TRAINED:
            return BASELINES[policy]()
        assert self._env.spec is not None
        return ModelActor(trained.load(self._env.spec.id), masked=True)

    def _make(self, call: ToolCall, by: str) -> Call:
        self._check_open()
        control, place = call.tool in CONTROLS, self.place_of(call.region)
        self._seen, reward, ended, cut, info = self._env.step(self._base.encode(call))
        if by == "hand":
            # A policy plans from where it stands: it begins anew where somebody else went on.
            self._actors = {}
        self.over = ended or cut
        known = self._base.workspace.state.verdict.known
        made = Call(
            call.tool,
            "" if control else self.tools[call.tool][call.option],
            0 if control else call.region,
            "" if control else place,
            by,
            round(float(reward), 3) if known else None,
            info["invalid"],
        )
        self.calls.append(made)
        return made

    def _region(self, slot: int) -> Region | None:
        regions = self._base.workspace.regions
        return regions[slot] if 0 <= slot < len(regions) else None

    def _check_open(self) -> None:
        if self.over:
            raise ValueError(f"the picture was handed in ({SUBMIT}): open another one")


def fitted(photo: Image) -> Image:
    """Scale a photo so that its longer side has ``LONGEST_SIDE`` pixels at most.

    Raises:
        ValueError: no (H, W, 3) uint8 array, or one that is too narrow.
    """
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise ValueError(
            f"photo has shape {photo.shape}, {photo.dtype}: it must be (H, W, 3) uint8"
        )
    height, width = photo.shape[:2]
    scale = min(LONGEST_SIDE / max(height, width), 1.0)
    size = (round(width * scale), round(height * scale))
    if min(size) < SHORTEST_SIDE:
        raise ValueError(f"photo has {width} x {height} pixels: it is too narrow")
    scaled = photo if scale == 1.0 else cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(scaled)
