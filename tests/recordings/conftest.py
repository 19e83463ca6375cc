"""One recorded folder for all tests here: two policies on the same three tasks."""

import pytest
from editenv_policies.baselines import OracleActor, RandomActor
from editenv_policies.held_out import HeldOut
from editenv_policies.recording.play import record

TASKS = 3


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    outcomes = {}
    for name, actor in {"oracle": OracleActor(), "by chance": RandomActor()}.items():
        held_out = HeldOut("ImageEdit-Direct-v0", TASKS)
        outcomes[name] = [*record(held_out, name, actor, folder)]
    (folder / "curve.jsonl").write_text(
        "".join(f'{{"steps": {n}, "reward": {n / 9}, "success": 0.5}}\n' for n in range(9))
    )
    return folder, outcomes
