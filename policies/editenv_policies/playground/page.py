"""The page, in Gradio: it shows a session, and hands what people do on to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import cv2
from gymnasium.error import DependencyNotInstalled

from editenv.optional import import_optional
from editenv.registration import CONFIGURATIONS
from editenv.tasks import SPLITS
from editenv_policies.playground.session import Call, Session

TITLE = "editenv playground"

INTRODUCTION = """# editenv playground
Open a task or a photo of your own. Then let a policy edit it, call by call, or do it by hand:
choose a tool and an option, click on a thing in the picture, and apply."""

USUAL = "pipeline"
"""The policy that can play whatever is open, with nothing else installed."""

EMPTY = "Nothing is open yet."

STYLE = "#canvas img { width: 100%; height: 440px; object-fit: contain; }"
"""A picture of 128 pixels is shown as large as a photo: one has to hit things in it."""


def make_page() -> Any:
    """Build the page, a ``gradio.Blocks``.

    Raises:
        gymnasium.error.DependencyNotInstalled: the extra ``play`` is missing.
    """
    gradio = import_optional("gradio", '"editenv[play]"', "the playground")
    with gradio.Blocks(title=TITLE, analytics_enabled=False) as page:
        _Page(gradio).build()
    return page


def serve(host: str, port: int, *, open_browser: bool = False) -> None:
    """Serve the page until somebody stops it.

    Raises:
        gymnasium.error.DependencyNotInstalled: the extra ``play`` is missing.
        OSError: the port is taken.
    """
    page = make_page()
    gradio = import_optional("gradio", '"editenv[play]"', "the playground")
    # No font is fetched from elsewhere: the page works without a network.
    theme = gradio.themes.Soft(font=["system-ui", "sans-serif"], font_mono=["monospace"])
    page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        share=False,
        theme=theme,
        css=STYLE,
    )


class _Page:
    """The page's parts and what connects them.

    Args:
        gradio: the module.
    """

    def __init__(self, gradio: Any) -> None:
        self._gradio = gradio

    def build(self) -> None:
        """Lay the parts out and connect them."""
        gradio = self._gradio
        gradio.Markdown(INTRODUCTION)
        self.session = gradio.State(None, delete_callback=_close)
        self.slot = gradio.State(0)
        with gradio.Row():
            with gradio.Column(scale=1, min_width=300):
                self._openers()
                self._by_hand()
                self._by_policy()
            with gradio.Column(scale=2, min_width=360):
                self.said = gradio.Markdown(EMPTY, elem_id="said")
                self.canvas = gradio.Image(
                    label="Click on a thing to choose it", interactive=False, elem_id="canvas"
                )
                self.compared = gradio.ImageSlider(label="Before and after", elem_id="compared")
                self.told = gradio.Markdown("", elem_id="calls")
                with gradio.Row():
                    self.picture = gradio.DownloadButton("Download the picture", elem_id="png")
                    self.json = gradio.DownloadButton("Download the calls", elem_id="json")
        self._connect()

    def _openers(self) -> None:
        gradio = self._gradio
        with gradio.Tab("A task"):
            self.env_id = gradio.Dropdown(list(CONFIGURATIONS), label="Environment")
            self.split = gradio.Dropdown(list(SPLITS), value="test", label="Split")
            self.seed = gradio.Number(0, precision=0, minimum=0, label="Number")
            self.open_task = gradio.Button("Open the task", variant="primary", elem_id="open-task")
        with gradio.Tab("My photo"):
            self.photo = gradio.Image(label="Photo", type="numpy", elem_id="photo")
            self.words = gradio.Textbox(label="What is to be done?", elem_id="words")
            self.open_photo = gradio.Button(
                "Open the photo", variant="primary", elem_id="open-photo"
            )

    def _by_hand(self) -> None:
        gradio = self._gradio
        with gradio.Group():
            self.place = gradio.Textbox("whole picture", label="Where", interactive=False)
            self.whole = gradio.Button("Choose the whole picture", elem_id="whole")
            self.tool = gradio.Dropdown([], label="Tool", elem_id="tool")
            self.option = gradio.Dropdown([], label="Option", elem_id="option")
            with gradio.Row():
                self.apply = gradio.Button("Apply", elem_id="apply")
                self.undo = gradio.Button("Undo", elem_id="undo")

    def _by_policy(self) -> None:
        gradio = self._gradio
        with gradio.Group():
            self.policy = gradio.Dropdown([], label="Policy", elem_id="policy")
            with gradio.Row():
                self.step = gradio.Button("One call", elem_id="step")
                self.run = gradio.Button("To the end", elem_id="run")

    def _connect(self) -> None:
        shown = [self.said, self.canvas, self.compared, self.told, self.picture, self.json]
        where = [self.slot, self.place]
        opened = [self.session, self.tool, self.option, self.policy, *where, *shown]
        task = [self.session, self.env_id, self.split, self.seed]
        self.open_task.click(self._task, task, opened)
        self.open_photo.click(self._own, [self.session, self.photo, self.words], opened)
        self.tool.input(self._options, [self.session, self.tool], self.option)
        self.canvas.select(self._chooser(), self.session, [*where, self.canvas])
        self.whole.click(self._choose_whole, self.session, [*where, self.canvas])
        call = [self.session, self.tool, self.option, self.slot]
        self.apply.click(self._apply, call, [*where, *shown])
        self.undo.click(self._undo, self.session, [*where, *shown])
        self.step.click(self._step, [self.session, self.policy], [*where, *shown])
        self.run.click(self._run, [self.session, self.policy], [*where, *shown])

    def _task(self, before: Session | None, env_id: str, split: str, seed: int) -> tuple[Any, ...]:
        return self._opened(before, lambda: Session.of_task(env_id, split, int(seed)))

    def _own(self, before: Session | None, photo: Any, words: str) -> tuple[Any, ...]:
        if photo is None:
            raise self._gradio.Error("Choose a photo first.")
        return self._opened(before, lambda: Session.of_photo(photo, words))

    def _opened(self, before: Session | None, make: Any) -> tuple[Any, ...]:
        gradio, session = self._gradio, self._said_wrong(make)
        _close(before)
        first = next(iter(session.tools))
        return (
            session,
            gradio.Dropdown(list(session.tools), value=first),
            gradio.Dropdown(list(session.tools[first]), value=session.tools[first][0]),
            gradio.Dropdown(session.policies, value=USUAL),
            *_at(session, 0),
            *_shown(session),
        )

    def _options(self, session: Session | None, tool: str) -> Any:
        options = self._open(session).tools[tool]
        return self._gradio.Dropdown(list(options), value=options[0])

    def _chooser(self) -> Callable[..., tuple[Any, ...]]:
        def choose(session: Session | None, event: Any) -> tuple[Any, ...]:
            chosen = self._open(session)
            slot = chosen.region_at(*event.index)
            return *_at(chosen, slot), chosen.outlined(slot)

        # Gradio gives the click to an argument of this type, which is there only with the extra.
        choose.__annotations__ = {"event": self._gradio.SelectData}
        return choose

    def _choose_whole(self, session: Session | None) -> tuple[Any, ...]:
        chosen = self._open(session)
        return *_at(chosen, 0), chosen.canvas

    def _apply(self, session: Session | None, tool: str, option: str, slot: int) -> tuple[Any, ...]:
        return self._made(session, lambda chosen: [chosen.apply(tool, option, slot)])

    def _undo(self, session: Session | None) -> tuple[Any, ...]:
        return self._made(session, lambda chosen: [chosen.undo()])

    def _step(self, session: Session | None, policy: str) -> tuple[Any, ...]:
        return self._made(session, lambda chosen: [chosen.step(policy)])

    def _run(self, session: Session | None, policy: str) -> tuple[Any, ...]:
        return self._made(session, lambda chosen: chosen.run(policy))

    def _made(self, session: Session | None, make: Any) -> tuple[Any, ...]:
        chosen = self._open(session)
        made: list[Call] = self._said_wrong(lambda: make(chosen))
        if made and made[-1].refused:
            self._gradio.Info(f"Nothing was done: {made[-1].refused}")
        return *_at(chosen, 0), *_shown(chosen)

    def _open(self, session: Session | None) -> Session:
        if session is None:
            raise self._gradio.Error("Open a task or a photo first.")
        return session

    def _said_wrong(self, make: Any) -> Any:
        """Turn bad input into a message on the page."""
        try:
            return make()
        except (ValueError, DependencyNotInstalled) as error:
            raise self._gradio.Error(str(error)) from error


def _close(session: Session | None) -> None:
    if session is not None:
        session.close()


def _at(session: Session, slot: int) -> tuple[int, str]:
    return slot, session.place_of(slot)


def _shown(session: Session) -> tuple[Any, ...]:
    """What the page shows of a session: words, pictures, calls, files."""
    picture, calls = session.folder / "edited.png", session.folder / "calls.json"
    cv2.imwrite(str(picture), cv2.cvtColor(session.canvas, cv2.COLOR_RGB2BGR))
    calls.write_text(json.dumps(session.export(), indent=1) + "\n")
    return (
        _said(session),
        session.canvas,
        (session.source, session.canvas),
        _told(session),
        str(picture),
        str(calls),
    )


def _said(session: Session) -> str:
    states = {True: "**all done**", False: "not done yet", None: ""}
    handed = ", handed in" if session.over else ""
    return f"> {session.instruction}\n\n{states[session.solved]}{handed}"


def _told(session: Session) -> str:
    rows = [
        f"| {number} | {call.by} | {call.tool} | {call.option} | {call.place} "
        f"| {'' if call.reward is None else f'{call.reward:+.2f}'} | {call.refused} |"
        for number, call in enumerate(session.calls, 1)
    ]
    head = ["| | by | tool | option | where | reward | refused |", "|---|---|---|---|---|---|---|"]
    return "\n".join(head + rows) if rows else ""
