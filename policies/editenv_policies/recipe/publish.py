"""From a finished run of a recipe to a policy that comes with the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from editenv_policies.checkpoints import MODEL, is_saved
from editenv_policies.comparison import Paired
from editenv_policies.evaluation import Evaluation
from editenv_policies.imitation.saved import read_policy, write_policy
from editenv_policies.recipe.judge import RESULTS
from editenv_policies.recipe.settings import CLONE
from editenv_policies.report import markdown_table
from editenv_policies.trained import FOLDER

LARGEST = 5 * 1024 * 1024
"""Bytes of a run's weights, at most: a quarter of them get into the wheel."""


@dataclass(frozen=True)
class Card:
    """What the card of a kind of policy says beside the figures.

    Attributes:
        file: its name.
        what: title and description.
        data: of the demonstrations.
        measured: what is said of the eight bits.
    """

    file: str
    what: str
    data: str
    measured: str


CARDS = {
    "coordinator": Card(
        file="card.md",
        what="""# A coordinator for `{env}`

One policy that makes all calls: it sees the picture, the instruction's word embeddings and the
proposals of regions, and chooses tool, region and option.
`editenv_policies.load("{env}")` loads it.""",
        data="episodes of an oracle and of the policy itself",
        measured=""", and
`examples/evaluate.py --env {env} --policy trained` measures those that are here""",
    ),
    "team": Card(
        file="team.md",
        what="""# A team for `{env}`

Five roles as one network: interpreter, grounder, selector, editor and critic see the picture, the
instruction's word embeddings and the proposals of regions, and decide one after the other.
`editenv_policies.team.load_team("{env}")` loads it.""",
        data="decisions of oracles in all roles",
        measured="",
    ),
}
"""By the folder of a run's policy, which is also the stem of the published files."""

TEXT = """{what}

## How it was made

```bash
{command}
```

{notes}

Data: {data} on tasks of the train split,
which are made from the package's own material (`editenv/material/LICENSES.md`). Environment
`{environment}`, with
{versions}.

## What it can do

{tasks} tasks of the {split} split, from seed {first_seed} on; 95 % intervals:

{table}

{second} against {first} on the same tasks: {paired}.
What lies here is "{shipped}".

The weights are stored in eight bits; the table is of the full ones{measured}.
One run and one seed. What it scores on other pictures, wordings and tools is not known.
"""


def publish(run: Path, folder: Path = FOLDER) -> Path:
    """Copy a run's coordinator or team to where the package finds it; return the place.

    What fine-tuning began with is copied instead, unless fine-tuning is shown to lift it: the 95 %
    interval of the gain lies above 0. The weights are rounded to eight bits, with a scale for each
    row.

    Args:
        run: what ``editenv_policies.recipe.run`` wrote to.
        folder: where trained policies are; the package's own by default. One of the same kind and
            id is replaced.

    Raises:
        ValueError: the run is not finished, or its weights are too large.
    """
    made = [name for name in CARDS if is_saved(run / name)]
    if not (run / RESULTS).exists() or not made:
        raise ValueError(
            f"run={str(run)!r} is not finished: it has no {RESULTS}, or none of {list(CARDS)}"
        )
    name, results = made[0], json.loads((run / RESULTS).read_text())
    size = sum(path.stat().st_size for path in (run / name).iterdir())
    if size > LARGEST:
        raise ValueError(
            f"run={str(run)!r} has {size:,} bytes of weights: at most {LARGEST:,} can be "
            "published, train a narrower network"
        )
    place = folder / results["env"]
    settings, tensors = read_policy(run / (name if _lifts(results) else CLONE), MODEL)
    write_policy(place, name, tensors, settings, torch.int8)
    (place / CARDS[name].file).write_text(_written(CARDS[name], results))
    return place


def _lifts(results: dict[str, Any]) -> bool:
    """Whether fine-tuning is shown to lift what it began with."""
    return results["paired"]["interval"][0] > 0


def _written(card: Card, results: dict[str, Any]) -> str:
    """The text of a card, from a run's ``results.json``."""
    fields = Evaluation.__dataclass_fields__
    scores = {
        name: Evaluation(**{key: row[key] for key in fields})
        for name, row in results["scores"].items()
    }
    paired, held_out = results["paired"], results["held_out"]
    return TEXT.format(
        what=card.what.format(env=results["env"]),
        command=results["command"],
        notes="\n".join(f"- {key}: {value}" for key, value in results["notes"].items()),
        data=card.data,
        environment=results["environment"],
        versions=", ".join(f"{name} {value}" for name, value in results["versions"].items()),
        tasks=held_out["tasks"],
        split=held_out["split"],
        first_seed=held_out["first_seed"],
        table=markdown_table(scores),
        first=paired["first"],
        second=paired["second"],
        shipped=paired["second" if _lifts(results) else "first"],
        paired=Paired(**{key: paired[key] for key in ("tasks", "gained", "lost")}),
        measured=card.measured.format(env=results["env"]),
    )
