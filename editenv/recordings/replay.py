"""Episodes that were played elsewhere, by a team or by answers in words, recorded afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from editenv.envs.episode import Episode, play
from editenv.envs.setup import EditSetup
from editenv.recordings.describe import Log
from editenv.recordings.folder import Writer
from editenv.types import ToolCall


def record_calls(
    writer: Writer,
    setup: EditSetup,
    start: Episode,
    calls: Sequence[ToolCall],
    seed: int | None = None,
) -> None:
    """Make calls once more and record them; tools and judges are asked again.

    Args:
        writer: of the recording.
        setup: of the environment, with its reward and judge.
        start: the episode before the first call; it is not changed.
        calls: in their order.
        seed: that the episode was reset with.

    Raises:
        ComponentDown: a tool or the judge failed too often in a row.
    """
    episode = start.copy()
    log = Log(episode, seed)
    for call in calls:
        play(setup, [episode], [call])
        log.step(episode)
    writer.write(log.finish(episode), log.pictures)
