"""Options behind a name."""

import pytest

from editenv.options import read_options

ACCEPTED = {"device": str, "threshold": float}


@pytest.mark.parametrize(
    ("where", "place", "values"),
    [
        ("folder", "folder", {}),
        ("a/b c", "a/b c", {}),
        ("a?device=cuda:1&threshold=0.5", "a", {"device": "cuda:1", "threshold": 0.5}),
        ("a?device=x%26y", "a", {"device": "x&y"}),
        ("what?/a?device=cpu", "what?/a", {"device": "cpu"}),
        ("a?", "a", {}),
    ],
)
def test_reading(where, place, values):
    assert read_options(where, ACCEPTED) == (place, values)


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("", "names nothing"),
        ("?device=cpu", "names nothing"),
        ("a?speed=1", "'speed' is none of"),
        ("a?device=x&device=y", "given twice"),
        ("a?threshold=high", "threshold='high'"),
        ("a?device", "a=1&b=2"),
    ],
)
def test_what_cannot_be_read_is_named(where, reason):
    with pytest.raises(ValueError, match=reason):
        read_options(where, ACCEPTED)
