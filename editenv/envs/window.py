"""What ``render_mode`` asks for: a frame, a text, or a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np
from numpy.typing import NDArray

from editenv.optional import import_optional


class Window:
    """Shows frames in a desktop window, which opens with the first frame.

    A process has one display: of several windows the one that showed a frame last has it. When
    the user closes it, later frames are dropped and the program goes on. It also works
    without a display, with ``SDL_VIDEODRIVER=dummy``.

    Args:
        title: text of the title bar.
        fps: frames a second; `show` waits as long as needed. 0 never waits.

    Attributes:
        closed: whether the user closed the window.
    """

    _owner: ClassVar[Window | None] = None

    def __init__(self, title: str = "editenv", fps: float = 4) -> None:
        self.title, self.fps = title, fps
        self.closed = False
        self._surface: Any = None
        self._clock: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the display behind: whoever unpickles a window opens it anew."""
        return {**self.__dict__, "_surface": None, "_clock": None}

    def show(self, frame: NDArray[np.uint8]) -> None:
        """Show a frame, (H, W, 3) uint8, and handle what the user did to the window.

        Raises:
            gymnasium.error.DependencyNotInstalled: pygame is missing.
        """
        if self.closed:
            return
        pygame = import_optional("pygame", "pygame-ce", "render_mode='human'")
        size = (frame.shape[1], frame.shape[0])
        if Window._owner is not self or not pygame.display.get_init():
            Window._owner = self
            pygame.display.init()
            pygame.display.set_caption(self.title)
            self._surface = pygame.display.set_mode(size)
            self._clock = pygame.time.Clock()
        elif self._surface.get_size() != size:
            self._surface = pygame.display.set_mode(size)
        pygame.surfarray.blit_array(self._surface, frame.swapaxes(0, 1))
        pygame.display.flip()
        if any(event.type == pygame.QUIT for event in pygame.event.get()):
            self.close()
            self.closed = True
        elif self.fps > 0:
            self._clock.tick(self.fps)

    def close(self) -> None:
        """Close the window; nothing happens when it is not open. `show` may open it again."""
        self._surface = self._clock = None
        if Window._owner is self:
            Window._owner = None
            pygame = import_optional("pygame", "pygame-ce", "render_mode='human'")
            pygame.display.quit()


class Screen:
    """Shows an environment as its ``render_mode`` says.

    Args:
        mode: one of the metadata's ``render_modes``, or None for no showing.
        metadata: of the environment.

    Raises:
        ValueError: an unknown mode.
    """

    def __init__(self, mode: str | None, metadata: Mapping[str, Any]) -> None:
        accepted = [None, *metadata["render_modes"]]
        if mode not in accepted:
            raise ValueError(f"render_mode={mode!r} is unknown: choose from {accepted}")
        self._mode = mode
        self._window = Window(title="editenv", fps=metadata["render_fps"])

    def render(self, frame: Callable[[], NDArray[np.uint8]], text: Callable[[], str]) -> Any:
        """Return a frame or a text, or show the frame; a warning where there is no mode."""
        if self._mode is None:
            gymnasium.logger.warn(
                "render() needs a render_mode: pass render_mode='rgb_array' to gymnasium.make"
            )
            return None
        if self._mode == "human":
            return self._window.show(frame())
        return frame() if self._mode == "rgb_array" else text()

    def close(self) -> None:
        """Close the window; the next frame opens it again, also where the user closed it."""
        self._window.close()
        self._window.closed = False
