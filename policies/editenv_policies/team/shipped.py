"""Teams that come with the package: beside the coordinator of the id, without pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from editenv_policies.imitation.saved import is_saved
from editenv_policies.recipe.judge import RESULTS
from editenv_policies.recipe.publish import card, lifts
from editenv_policies.recipe.settings import CLONE
from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import make_team_env
from editenv_policies.trained import FOLDER

STEM = "team"

CARD = """# A team for `{env}`

Five roles as one network: interpreter, grounder, selector, editor and critic see the picture, the
instruction's word embeddings and the proposals of regions, and decide one after the other.
`editenv_policies.team.load_team("{env}")` loads it.

## How it was made

```bash
{command}
```

{notes}

Data: decisions of oracles in all roles on tasks of the train split, which are made from the
package's own material (`editenv/material/LICENSES.md`). Environment `{environment}`, with
{versions}.

## What it can do

{tasks} tasks of the {split} split, from seed {first_seed} on; 95 % intervals:

{table}

{second} against {first} on the same tasks: {paired}.
What lies here is "{shipped}".

The weights are stored in eight bits; the table is of the full ones. One run and one seed. What
it scores on other pictures, wordings and tools is not known.
"""


def load_team(name: str, folder: Path = FOLDER) -> TeamClone:
    """Load a trained team; its ``predict`` takes any agent's observations and masks.

    Args:
        name: an id, such as ``"ImageEdit-v0"``.
        folder: where to look; the package's own by default.

    Raises:
        ValueError: there is none of that name; the message lists those that there are.
    """
    names = sorted(path.parent.name for path in folder.glob(f"*/{STEM}.json"))
    if name not in names:
        raise ValueError(f"name={name!r} has no trained team: there are {names}")
    return TeamClone.load(folder / name, STEM)


def env_of(team: TeamClone, **arguments: Any) -> Any:
    """Make the AEC environment that a trained team plays in.

    Args:
        team: one that the recipe has trained.
        arguments: further ones, such as ``split="test"``.
    """
    return make_team_env(team.notes["env"], **{**team.notes["arguments"], **arguments})


def publish_team(run: Path, folder: Path = FOLDER) -> Path:
    """Copy a run's team to where ``load_team`` finds it; return the place.

    As ``editenv_policies.recipe.publish`` does, it copies the cloned team unless fine-tuning is
    shown to lift it. The weights are rounded to eight bits, with a scale for each row.

    Args:
        run: what ``editenv_policies.recipe.run`` wrote to.
        folder: where trained policies are; the package's own by default. A team of the same id is
            replaced.

    Raises:
        ValueError: the run is not finished.
    """
    if not (run / RESULTS).exists() or not is_saved(run / STEM):
        raise ValueError(f"run={str(run)!r} is not finished: it has no {RESULTS} or no team")
    results = json.loads((run / RESULTS).read_text())
    place = folder / results["env"]
    TeamClone.load(run / (STEM if lifts(results) else CLONE)).save(place, STEM, torch.int8)
    (place / "team.md").write_text(card(results, CARD))
    return place
