"""From a finished run of the recipe to a coordinator that comes with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from editenv_policies.comparison import Paired
from editenv_policies.evaluation import Evaluation
from editenv_policies.imitation.clone import Clone
from editenv_policies.imitation.saved import is_saved
from editenv_policies.recipe.coordinator import COORDINATOR
from editenv_policies.recipe.judge import RESULTS
from editenv_policies.recipe.settings import CLONE
from editenv_policies.report import markdown_table
from editenv_policies.trained import FOLDER, STEM

LARGEST = 5 * 1024 * 1024
"""Bytes of a run's weights, at most: a quarter of them get into the wheel."""

CARD = """# A coordinator for `{env}`

One policy that makes all calls: it sees the picture, the instruction's word embeddings and the
proposals of regions, and chooses tool, region and option.
`editenv_policies.load("{env}")` loads it.

## How it was made

```bash
{command}
```

{notes}

Data: episodes of an oracle and of the policy itself on tasks of the train split, which are made
from the package's own material (`editenv/material/LICENSES.md`). Environment `{environment}`, with
{versions}.

## What it can do

{tasks} tasks of the {split} split, from seed {first_seed} on; 95 % intervals:

{table}

{second} against {first} on the same tasks: {paired}.
What lies here is "{shipped}".

The weights are stored in eight bits; the table is of the full ones, and
`examples/evaluate.py --env {env} --policy trained` measures those that are here. One run and one
seed. What it scores on other pictures, wordings and tools is not known.
"""


def publish(run: Path, folder: Path = FOLDER) -> Path:
    """Copy a run's coordinator to where ``editenv_policies.load`` finds it; return the place.

    What fine-tuning began with is copied instead, unless fine-tuning is shown to lift it: the 95 %
    interval of the gain lies above 0. The weights are rounded to eight bits, with a scale for each
    row.

    Args:
        run: what ``editenv_policies.recipe.run`` wrote to.
        folder: where trained coordinators are; the package's own by default. One of the same id is
            replaced.

    Raises:
        ValueError: the run is not finished, or its weights are too large.
    """
    if not (run / RESULTS).exists() or not is_saved(run / COORDINATOR):
        raise ValueError(f"run={str(run)!r} is not finished: it has no {RESULTS} or no coordinator")
    results = json.loads((run / RESULTS).read_text())
    size = sum(path.stat().st_size for path in (run / COORDINATOR).iterdir())
    if size > LARGEST:
        raise ValueError(
            f"run={str(run)!r} has {size:,} bytes of weights: at most {LARGEST:,} can be "
            "published, train a narrower network"
        )
    place = folder / results["env"]
    Clone.load(run / (COORDINATOR if lifts(results) else CLONE)).save(place, STEM, torch.int8)
    (place / "card.md").write_text(card(results))
    return place


def lifts(results: dict[str, Any]) -> bool:
    """Whether fine-tuning is shown to lift what it began with."""
    return results["paired"]["interval"][0] > 0


def card(results: dict[str, Any], template: str = CARD) -> str:
    """Write a model card from a run's ``results.json``."""
    fields = Evaluation.__dataclass_fields__
    scores = {
        name: Evaluation(**{key: row[key] for key in fields})
        for name, row in results["scores"].items()
    }
    paired, held_out = results["paired"], results["held_out"]
    return template.format(
        env=results["env"],
        command=results["command"],
        notes="\n".join(f"- {key}: {value}" for key, value in results["notes"].items()),
        environment=results["environment"],
        versions=", ".join(f"{name} {value}" for name, value in results["versions"].items()),
        tasks=held_out["tasks"],
        split=held_out["split"],
        first_seed=held_out["first_seed"],
        table=markdown_table(scores),
        first=paired["first"],
        second=paired["second"],
        shipped=paired["second" if lifts(results) else "first"],
        paired=Paired(**{key: paired[key] for key in ("tasks", "gained", "lost")}),
    )
