"""The engine: a shared blackboard with canvas, regions, history and undo stack.

Every environment drives this one class, so that the same task and the same tool calls give the
same canvas, verdict and end everywhere. It knows neither Gymnasium nor torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING

from editenv.caching import WeakCache
from editenv.failure import Failure
from editenv.following import regions_after
from editenv.imaging.metrics import overlap
from editenv.success import checklist_of
from editenv.tools.base import Edited, Prompt, PromptedTool, Tool, Wording
from editenv.tools.cost import FREE, Cost, CostLimit, cost_of
from editenv.tools.run import is_prompted
from editenv.transition import Snapshot, State, Transition
from editenv.types import EditTask, Image, Mask, Region, SubEdit, ToolCall

if TYPE_CHECKING:
    from editenv.perception import Perception

SUBMIT = "submit"
UNDO = "undo"
CONTROLS = (SUBMIT, UNDO)
"""Calls that every workspace understands beside its tools. They take no region and no option."""

REGION_AGREES = 0.6
"""Intersection over union from which a region counts as the sub-edit's subject."""


class Workspace:
    """One task in progress.

    Args:
        task: what is to be done.
        tools: the tools that may be called; names must be unique.
        regions: the grounder's proposals by slot; slot 0 is the whole image, None is empty.
        seed: of tools with randomness, 0 to 2**31 - 1: the same for the whole episode, so that
            copies of a workspace that make the same call get the same picture.
        limit: what the episode may cost. A call that would cost more is invalid.
        perception: reads names for regions without a label; None leaves them without.

    Raises:
        ValueError: two tools share a name, or slot 0 is empty.
    """

    def __init__(
        self,
        task: EditTask,
        tools: Sequence[Tool],
        regions: Sequence[Region | None],
        *,
        seed: int = 0,
        limit: CostLimit | None = None,
        perception: Perception | None = None,
    ) -> None:
        names = [tool.name for tool in tools]
        if len({*names, *CONTROLS}) != len(names) + len(CONTROLS):
            raise ValueError(f"tools={names} must have unique names other than {CONTROLS}")
        if not regions or regions[0] is None:
            raise ValueError("regions[0] must be the whole image, got an empty slot")
        self.task = task
        self.tools = {tool.name: tool for tool in tools}
        self.checklist = checklist_of(task)
        self.seed = seed
        self.limit = limit
        self._perception = perception
        self._state = State(task.source, tuple(regions), self.checklist.start)
        self._start = self._state
        self._undo_stack: tuple[State, ...] = ()
        self._history: tuple[ToolCall, ...] = ()
        self._agreements = (0.0,) * len(task.sub_edits)
        self._submitted = False
        self._spent = FREE
        self._failure: Failure | None = None
        self._subjects: WeakCache[Region, tuple[bool, ...]] = WeakCache()

    @property
    def state(self) -> State:
        """The canvas, the regions and the verdict as they are now."""
        return self._state

    @property
    def canvas(self) -> Image:
        """(H, W, 3) uint8, read only by convention: tools return new arrays."""
        return self._state.canvas

    @property
    def regions(self) -> tuple[Region | None, ...]:
        """The region in each slot; None is an empty slot."""
        return self._state.regions

    @property
    def named_regions(self) -> tuple[Region | None, ...]:
        """The regions, those that nobody has named called as they look."""
        if self._perception is None:
            return self._state.regions
        return self._perception.named(self._state)

    def name_of(self, state: State, slot: int) -> str:
        """What a region of a state is called, by its label or by how it looks."""
        regions = state.regions if self._perception is None else self._perception.named(state)
        region = regions[slot]
        return "" if region is None else region.label

    @property
    def history(self) -> tuple[ToolCall, ...]:
        """Every call so far, invalid ones included, oldest first."""
        return self._history

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._undo_stack)

    @property
    def submitted(self) -> bool:
        """Whether the work was handed in; no further call is accepted."""
        return self._submitted

    @property
    def spent(self) -> Cost:
        """What the edits so far have cost, those that were undone included."""
        return self._spent

    @property
    def failure(self) -> Failure | None:
        """What ended the work before its time, or None. No further call does anything."""
        return self._failure

    def fail(self, failure: Failure) -> None:
        """End the work because something that it needs has failed."""
        self._failure = failure

    def affords(self, tool: Tool, option: int) -> bool:
        """Whether the limit leaves room for an edit."""
        return self.limit is None or self.limit.allows(self._spent, self._cost(tool, option))

    def _cost(self, tool: Tool, option: int) -> Cost:
        height, width = self.canvas.shape[:2]
        return cost_of(tool, option, height * width)

    def why_invalid(self, call: ToolCall) -> str | None:
        """Say why a call would do nothing, or None when it is valid."""
        if self._submitted:
            return "the work has been submitted"
        if call.tool == SUBMIT:
            return None
        if call.tool == UNDO:
            return None if self._undo_stack else "there is nothing to undo"
        tool = self.tools.get(call.tool)
        if tool is None:
            return f"no tool {call.tool!r}: choose from {[*self.tools, *CONTROLS]}"
        if not 0 <= call.option < len(tool.options):
            return f"{tool.name} has no option {call.option}: it has {len(tool.options)}"
        if not self.affords(tool, call.option):
            return f"{tool.name} costs more than the budget has left"
        return self._why_wrong_region(tool, call.region)

    def _why_wrong_region(self, tool: Tool, slot: int) -> str | None:
        if not 0 <= slot < len(self.regions) or self.regions[slot] is None:
            return f"region slot {slot} is empty"
        if tool.target == "image" and slot != 0:
            return f"{tool.name} works on the whole image (slot 0), not on slot {slot}"
        if tool.target == "region" and slot == 0:
            return f"{tool.name} needs a region, not the whole image (slot 0)"
        return None

    def apply(self, call: ToolCall) -> Transition:
        """Carry out one call: the only way the canvas changes.

        An invalid call changes nothing but the history.
        """
        (transition,) = apply_all([self], [call])
        return transition

    def _finish(
        self, call: ToolCall, invalid: str | None, edited: Edited | Failure | None
    ) -> Transition:
        before, cost = self._state, FREE
        if isinstance(edited, Failure):
            self.fail(edited)
        done = invalid is None and self._failure is None
        gain = self._record_agreement(call) if done else 0.0
        if isinstance(edited, Edited):
            cost = self._cost(self.tools[call.tool], call.option)
            self._spent += cost
            self._take(call, edited)
        elif done:
            self._control(call)
        self._history = (*self._history, call)
        return Transition(
            task=self.task,
            call=call,
            start=self._start,
            before=before,
            after=self._state,
            invalid=invalid,
            agreement_gain=gain,
            submitted=done and call.tool == SUBMIT,
            cost=cost,
            failure=self._failure,
        )

    def _control(self, call: ToolCall) -> None:
        if call.tool == SUBMIT:
            self._submitted = True
        else:
            *rest, self._state = self._undo_stack
            self._undo_stack = tuple(rest)

    def _take(self, call: ToolCall, edited: Edited) -> None:
        regions = regions_after(self.regions, self.tools[call.tool], call, edited)
        self._undo_stack = (*self._undo_stack, self._state)
        self._state = State(edited.image, regions, self.checklist.verdict(edited.image))

    def _record_agreement(self, call: ToolCall) -> float:
        if call.tool in CONTROLS or not self._agreements:
            return 0.0
        region = self.regions[call.region]
        assert region is not None
        tool, found = self.tools[call.tool], self._subjects_of(region)
        best = tuple(
            max(old, _agreement(tool, call, edit, right_region))
            for old, edit, right_region in zip(
                self._agreements, self.task.sub_edits, found, strict=True
            )
        )
        gain = (sum(best) - sum(self._agreements)) / len(best)
        self._agreements = best
        return gain

    def _subjects_of(self, region: Region) -> tuple[bool, ...]:
        """For each sub-edit, whether the region is its subject."""
        found = self._subjects.get(region)
        if found is None:
            found = tuple(_is_subject(region, edit) for edit in self.task.sub_edits)
            self._subjects[region] = found
        return found

    def _prompt(self, tool: PromptedTool, call: ToolCall) -> Prompt:
        region = self.named_regions[call.region]
        assert region is not None
        wording = Wording(self.task.instruction, region.label, call.words)
        return Prompt(tool.compose(wording, call.option), self.seed)

    def _mask(self, slot: int) -> Mask:
        region = self.regions[slot]
        assert region is not None
        return region.mask

    def copy(self) -> Workspace:
        """Return another workspace at the same moment. Cheap: pictures are shared, none copied."""
        return copy(self)

    def snapshot(self) -> Snapshot:
        """Remember this moment. Cheap: images are shared, none is copied."""
        return Snapshot(
            self._state,
            self._undo_stack,
            self._history,
            self._agreements,
            self._submitted,
            self._spent,
            self._failure,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a remembered moment of this task, as often as you like."""
        self._state = snapshot.state
        self._undo_stack = snapshot.undo_stack
        self._history = snapshot.history
        self._agreements = snapshot.agreements
        self._submitted = snapshot.submitted
        self._spent = snapshot.spent
        self._failure = snapshot.failure


def apply_all(workspaces: Sequence[Workspace], calls: Sequence[ToolCall]) -> list[Transition]:
    """Carry out a call in each of several workspaces; each tool gets all its pictures at once.

    Args:
        workspaces: different ones, which may have different tasks and tools.
        calls: one for each.

    Returns:
        The transitions, in the same order; each is what ``Workspace.apply`` returns.
    """
    reasons = [w.why_invalid(call) for w, call in zip(workspaces, calls, strict=True)]
    edited = _run_tools(workspaces, calls, reasons)
    return [
        workspace._finish(call, reason, edited.get(number))
        for number, (workspace, call, reason) in enumerate(
            zip(workspaces, calls, reasons, strict=True)
        )
    ]


def _run_tools(
    workspaces: Sequence[Workspace], calls: Sequence[ToolCall], reasons: Sequence[str | None]
) -> dict[int, Edited | Failure]:
    """What the tools make of the canvases, by the number of the workspace."""
    groups: dict[int, tuple[Tool, list[int]]] = {}
    for number, (workspace, call, reason) in enumerate(
        zip(workspaces, calls, reasons, strict=True)
    ):
        if reason is None and call.tool not in CONTROLS and workspace.failure is None:
            tool = workspace.tools[call.tool]
            groups.setdefault(id(tool), (tool, []))[1].append(number)
    edited: dict[int, Edited | Failure] = {}
    for tool, numbers in groups.values():
        masks = [workspaces[n]._mask(calls[n].region) for n in numbers]
        images = [workspaces[n].canvas for n in numbers]
        options = [calls[n].option for n in numbers]
        if is_prompted(tool):
            prompts = [workspaces[n]._prompt(tool, calls[n]) for n in numbers]
            results = tool.apply_prompted(images, masks, options, prompts)
        else:
            results = tool.apply(images, masks, options)
        edited.update(zip(numbers, results, strict=True))
    return edited


def _agreement(tool: Tool, call: ToolCall, edit: SubEdit, right_region: bool) -> float:
    """How much of a sub-edit a call got right: action, region, option, a third each."""
    action = tool.action == edit.action
    option = action and edit.goal in ("", tool.options[call.option])
    return (action + option + right_region) / 3.0


def _is_subject(region: Region, edit: SubEdit) -> bool:
    if edit.subject_mask is None:
        return region.label == edit.subject
    return overlap(region.mask, edit.subject_mask) >= REGION_AGREES
