"""Tasks whose prompt is a picture and an instruction, and whose reward is the environment's."""

from __future__ import annotations

from collections.abc import Iterator

import verifiers.v1 as vf
from PIL import Image
from verifiers.v1.utils.image import image_data_url

from editenv.text import RULES
from editenv_verifiers.episodes import EditState, Source, replay, sessions_of
from editenv_verifiers.servers.edit import EditToolset, EditToolsetConfig


class EditTaskConfig(vf.TaskConfig):
    """What every task is scored by."""

    source: Source = Source()


class EditData(vf.TaskData):
    """One task.

    Attributes:
        index: of the source.
    """

    index: int


class EditTask(vf.Task[EditData, EditState, EditTaskConfig]):
    """Edit a picture as the user asks."""

    @property
    def key(self) -> str:
        """The same for the same task in every run."""
        source = self.config.source
        return f"{source.tasks}/{source.split}/{source.image_size}/{self.data.index}"

    async def setup(self, trace: vf.Trace, runtime: vf.Runtime) -> None:
        """Tell the tools which task the rollout is about."""
        trace.state.index = self.data.index

    @vf.stop
    async def handed_in(self, trace: vf.Trace) -> bool:
        """The picture was handed in, or a tool failed."""
        return trace.state.over

    @vf.reward(weight=1.0)
    async def edit(self, trace: vf.Trace) -> float:
        """What ``ImageEditText-v0`` pays for the same edits; 0 where nothing was called.

        Raises:
            RuntimeError: a tool failed: the rollout is no score and must not be learned from.
        """
        session = replay(self.config.source, self.data.index, trace.state.calls)
        session.finish()
        if session.reward is None:
            raise RuntimeError(session.report())
        return session.reward

    @vf.metric
    async def solved(self, trace: vf.Trace) -> float:
        """Whether the picture is what was asked for."""
        session = replay(self.config.source, self.data.index, trace.state.calls)
        session.finish()
        return float(session.info["is_success"])

    @vf.metric
    async def calls(self, trace: vf.Trace) -> float:
        """Calls that counted, ``hand_in`` included."""
        return float(len(trace.state.calls))


class EditConfig(vf.TasksetConfig):
    """Which tasks: ``--env.taskset.*``.

    Attributes:
        num_tasks: from task ``first`` on.
        first: index of the first task.
        tasks: registered id or task source.
        split: ``train``, ``validation``, ``test`` or ``novel``.
        image_size: pixels a side.
        max_calls: edits of an episode.
        reward: a preset.
    """

    num_tasks: int = 1000
    first: int = 0
    tasks: str = "ImageEdit-v0"
    split: str = "train"
    image_size: int = 224
    max_calls: int = 16
    reward: str = "outcome"
    task: EditTaskConfig = EditTaskConfig()

    @property
    def source(self) -> Source:
        """Where the tasks come from."""
        return Source(
            tasks=self.tasks,
            split=self.split,
            image_size=self.image_size,
            max_calls=self.max_calls,
            reward=self.reward,
        )


class EditTaskset(vf.Taskset[EditTask, EditConfig]):
    """Tasks of any registered id, and one tool server for all of their rollouts."""

    @classmethod
    def toolsets(cls, config: EditConfig) -> list[vf.Toolset]:
        """The tools of the id."""
        return [EditToolset(EditToolsetConfig(source=config.source))]

    def load(self) -> Iterator[EditTask]:
        """Make the tasks, each when it is asked for."""
        config = self.config
        task_config = config.task.model_copy(update={"source": config.source})
        for index in range(config.first, config.first + config.num_tasks):
            session = sessions_of(config.source).start(index)
            picture = image_data_url(Image.fromarray(session.image))
            content = [
                vf.ImageUrlContentPart(image_url=vf.ImageUrlSource(url=picture)),
                vf.TextContentPart(text=session.instruction),
            ]
            data = EditData(
                index=index, prompt=[vf.UserMessage(content=content)], system_prompt=RULES
            )
            yield EditTask(data, task_config)
