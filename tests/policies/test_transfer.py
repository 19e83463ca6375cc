"""A coordinator that begins as another id's: what both know is kept, calls go by their names."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest
import torch
from editenv_policies.imitation import Clone
from editenv_policies.imitation.transfer import transfer
from editenv_policies.recipe import run

from tests.policies.test_recipe import SMALL, one_thread  # noqa: F401

COMPLEX, DEFAULT, RETOUCH = "ImageEdit-Complex-v0", "ImageEdit-v0", "ImageEdit-Retouch-v0"


def make(env_id, **arguments):
    with gymnasium.make(env_id, disable_env_checker=True) as env:
        clone = Clone.for_env(env, width=16, **arguments)
    for parameter in clone.network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return clone


def test_the_same_tools_give_the_same_policy():
    known, clone = make(DEFAULT), make(DEFAULT)
    with gymnasium.make(DEFAULT) as env:
        observation, _ = env.reset(seed=0)
    seen = {key: np.asarray(value)[None] for key, value in observation.items()}
    assert not np.allclose(clone.log_chances(seen), known.log_chances(seen), atol=1e-2)
    assert transfer(known, clone) == [call.name for call in known.table.calls]
    np.testing.assert_allclose(clone.log_chances(seen), known.log_chances(seen), atol=1e-6)


def test_calls_go_by_their_names_and_new_ones_stay_as_they_were():
    known, clone = make(DEFAULT), make(COMPLEX)
    before = clone.network.state_dict()
    before = {name: value.clone() for name, value in before.items()}
    shared = transfer(known, clone)
    old = [call.name for call in known.table.calls]
    new = [call.name for call in clone.table.calls]
    assert set(shared) == set(old) & set(new) and set(new) - set(shared)
    after, source = clone.network.state_dict(), known.network.state_dict()
    options = known.table.sizes[2]
    for place, name in enumerate(new):
        of = source if name in old else before
        at = old.index(name) if name in old else place
        for row in ("heads.meant", "heads.base.calls.weight", "heads.choose"):
            assert torch.equal(after[row][place], of[row][at]), (row, name)
        rows = after["heads.base.options.weight"].unflatten(0, (len(new), options))
        known_rows = of["heads.base.options.weight"].unflatten(0, (-1, options))
        assert torch.equal(rows[place], known_rows[at]), name
    words = len(source["extractor.positions"])
    assert torch.equal(after["extractor.positions"][:words], source["extractor.positions"])
    assert torch.equal(after["extractor.positions"][words:], before["extractor.positions"][words:])


def test_networks_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match="warm_start has a network of"):
        transfer(make(DEFAULT, layers=1), make(DEFAULT))


def test_a_run_begins_as_the_coordinator_of_a_folder_and_says_so(tmp_path):
    make(RETOUCH, notes={"env": RETOUCH, "seed": 7}).save(tmp_path / "known")
    recipe = replace(SMALL, warm_start=str(tmp_path / "known"), steps=64, episodes=2)
    results = run(recipe, tmp_path / "run")
    assert results["notes"]["warm_start"]["seed"] == 7
    assert "--warm-start" in recipe.command


def test_a_name_that_is_no_coordinator_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"warm_start='nothing' is no folder .* 'ImageEdit-v0'"):
        run(replace(SMALL, warm_start="nothing"), tmp_path)
