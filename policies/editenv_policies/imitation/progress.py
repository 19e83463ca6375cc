"""A progress bar on the terminal."""

from __future__ import annotations

import sys

from tqdm import tqdm


def track(total: int, label: str, shown: bool) -> tqdm:
    """Return a bar to ``update``; it disappears at the end, and is not drawn into files."""
    quiet = not (shown and sys.stderr.isatty())
    return tqdm(total=total, desc=label, leave=False, disable=quiet)
