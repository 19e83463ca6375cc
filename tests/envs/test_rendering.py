"""Frames, text and window of the render modes."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled

from editenv.envs.drawing import GOOD, clipped, fitted, width_of, wrapped
from editenv.envs.rendering import render_frame, render_text
from editenv.envs.window import Window
from editenv.types import Region

SENTENCE = "Make the small kite teal, then get rid of the apple."


def _picture(height=64, width=64, value=120):
    return np.full((height, width, 3), value, np.uint8)


def _view(**changes):
    mask = np.zeros((64, 64), np.uint8)
    mask[10:30, 20:50] = 255
    view = {
        "source": _picture(),
        "canvas": _picture(value=60),
        "target": None,
        "instruction": SENTENCE,
        "last_call_text": "recolour: kite -> teal",
        "reward_terms": {"progress": 0.25, "step": -0.05},
        "checklist": [("recolour kite teal", True), ("remove apple", False)],
        "regions": (Region.whole(64, 64), None, Region.from_mask("kite", mask)),
    }
    return view | changes


def _count(frame, colour):
    return int((frame == colour).all(axis=-1).sum())


def test_frame_shows_source_and_canvas_enlarged_side_by_side():
    frame = render_frame(**_view(regions=()))
    assert frame.dtype == np.uint8
    assert frame.shape[2] == 3
    assert frame.flags.writeable
    assert _count(frame, (120, 120, 120)) == _count(frame, (60, 60, 60)) == 256 * 256
    columns = [np.flatnonzero((frame == v).all(axis=-1).any(axis=0)).mean() for v in (120, 60)]
    assert columns[0] < columns[1]


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (100, 60), (33, 512), (300, 500)])
@pytest.mark.parametrize("target", [False, True])
def test_shape_depends_on_pictures_only_and_is_in_blocks_of_16(shape, target):
    view = {"source": _picture(*shape), "canvas": _picture(*shape)}
    view["target"] = _picture(*shape) if target else None
    plain = render_frame(**view, instruction="x")
    full = render_frame(
        **view,
        instruction="supercalifragilistic " * 200,
        last_call_text="move " * 100,
        checklist=[("remove the thing " * 20, True)] * 30,
        reward_terms={f"term_{i}": i - 4.0 for i in range(12)},
        regions=[Region.whole(*shape)] * 20,
    )
    assert plain.shape == full.shape
    assert plain.shape[0] % 16 == plain.shape[1] % 16 == 0


@pytest.mark.parametrize(
    ("side", "shown"), [(32, 256), (64, 256), (100, 300), (256, 256), (400, 400), (1024, 512)]
)
def test_pictures_are_enlarged_by_whole_factors_and_reduced_when_large(side, shown):
    view = _view(source=_picture(side, side), canvas=_picture(side, side, 60), regions=())
    assert _count(render_frame(**view), (120, 120, 120)) == shown * shown


def test_frame_is_deterministic_and_leaves_its_input_alone():
    view = _view()
    before = view["canvas"].copy()
    np.testing.assert_array_equal(render_frame(**view), render_frame(**view))
    np.testing.assert_array_equal(view["canvas"], before)


@pytest.mark.parametrize(
    "change",
    [
        {"instruction": "Blur it."},
        {"last_call_text": "blur: kite -> soft"},
        {"reward_terms": {"progress": 0.25, "step": -0.04}},
        {"checklist": [("recolour kite teal", True), ("remove apple", True)]},
        {"regions": ()},
        {"target": _picture(value=200)},
        {"canvas": _picture(value=61)},
    ],
)
def test_everything_given_is_visible(change):
    assert not np.array_equal(render_frame(**_view()), render_frame(**_view(**change)))


def test_done_sub_edits_have_a_green_tick():
    none = _count(render_frame(**_view(reward_terms={}, checklist=[("a", False)] * 3)), GOOD)
    two = _count(render_frame(**_view(reward_terms={}, checklist=[("a", True)] * 2)), GOOD)
    assert none == 0
    assert two > 100


def test_boxes_lie_on_the_canvas_where_the_region_is():
    with_box, without = render_frame(**_view()), render_frame(**_view(regions=()))
    # Above the legend only: the canvas starts at column 288, row 32, and is enlarged four times.
    changed = (with_box != without).any(axis=-1)[:288]
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max()) == pytest.approx((32 + 40, 32 + 120), abs=2)
    assert (columns.min(), columns.max()) == pytest.approx((288 + 80, 288 + 200), abs=2)
    inside = changed[32 + 60 : 32 + 110, 288 + 90 : 288 + 190]
    assert not inside.any()


def test_canvas_of_another_shape_is_drawn_in_the_source_s_frame():
    one = render_frame(**_view())
    assert render_frame(**_view(canvas=_picture(48, 80), regions=())).shape == one.shape


def test_size_is_validated_and_scales():
    assert render_frame(**_view(), size=512).shape[1] > render_frame(**_view()).shape[1]
    with pytest.raises(ValueError, match="size=0"):
        render_frame(**_view(), size=0)


def test_wrapping_keeps_all_words_within_the_width():
    lines = wrapped(SENTENCE, 16, 180, 10)
    assert " ".join(lines) == SENTENCE
    assert len(lines) > 1
    assert max(width_of(line, 16) for line in lines) <= 180


def test_what_does_not_fit_ends_in_dots():
    lines = wrapped(SENTENCE, 16, 120, 2)
    assert len(lines) == 2
    assert lines[1].endswith("...")
    long = clipped("x" * 500, 14, 100)
    assert long.endswith("...")
    assert 60 < width_of(long, 14) <= 100


def test_long_text_is_set_smaller_before_it_is_cut():
    assert fitted(SENTENCE, (18, 12), 500, 60)[0] == 18
    size, _, lines = fitted(SENTENCE * 2, (18, 12), 400, 60)
    assert size == 12
    assert " ".join(lines) == SENTENCE * 2


def test_text_tells_the_state():
    text = render_text(**_view(target=_picture(value=60)))
    assert SENTENCE in text
    assert "[0] whole image, [2] kite" in text
    assert "recolour: kite -> teal" in text
    assert "[x] recolour kite teal\n[ ] remove apple" in text
    assert "reward:      +0.200 (progress +0.250, step -0.050)" in text
    assert "mean error to the target: 0.0000" in text
    assert "canvas:      changed" in text
    assert "as the source" in render_text(**_view(canvas=_picture()))


@pytest.fixture
def dummy_display(monkeypatch):
    """Lets pygame open windows without a display."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    return pytest.importorskip("pygame")


def test_window_shows_the_frame_and_closes(dummy_display):
    pygame = dummy_display
    frame = render_frame(**_view())
    window = Window(title="a test", fps=0)
    window.close()
    window.show(frame)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    np.testing.assert_array_equal(shown, frame)
    assert pygame.display.get_caption()[0] == "a test"
    window.show(frame[:100, :200])
    assert pygame.display.get_surface().get_size() == (200, 100)
    window.close()
    assert not pygame.display.get_init()
    window.show(frame)
    assert pygame.display.get_init()
    window.close()


def test_window_closed_by_the_user_drops_later_frames(dummy_display):
    pygame = dummy_display
    window = Window(fps=0)
    window.show(_picture())
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.show(_picture())
    assert window.closed
    window.show(_picture())
    assert not pygame.display.get_init()


def test_closing_one_window_leaves_a_later_one_open(dummy_display):
    first, second = Window(fps=0), Window(fps=0)
    first.show(_picture())
    second.show(_picture(32, 32))
    first.close()
    assert dummy_display.display.get_init()
    second.close()
    assert not dummy_display.display.get_init()


def test_window_names_the_pip_command_when_pygame_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(DependencyNotInstalled, match="pip install pygame-ce"):
        Window().show(_picture())
