"""The distribution of calls: exact, and never outside what is valid."""

import itertools

import numpy as np
import pytest
import torch
from editenv_policies.sb3.calls import Call, CallTable
from editenv_policies.sb3.distribution import CallDistribution, Scores

CALLS = [Call("spot", "region", 2), Call("light", "any", 3), Call("end", "image", 1)]
TABLE = CallTable(CALLS, 4, 3)
PRESENT = torch.tensor([[True, True, False, True], [True, False, False, False]])
ACTIONS = torch.tensor(list(itertools.product(range(3), range(4), range(3))))


SHAPES = [(2, 3), (2, 3, 4), (2, 3, 3), (2, 3, 5), (2, 4, 5), (3, 5, 3)]


def scores_of(parts):
    calls, regions, options, *pairs = parts
    return Scores(calls, regions, options, tuple(pairs))


def distribution(seed=0):
    generator = torch.Generator().manual_seed(seed)
    scores = scores_of(2 * torch.randn(shape, generator=generator) for shape in SHAPES)
    return CallDistribution(scores, TABLE, PRESENT)


def chances_of(found, row):
    """Probability of every action in one row of the batch, by enumeration."""
    chances = []
    for action in ACTIONS:
        actions = torch.zeros(2, 3, dtype=torch.int64)
        actions[row] = action
        chances.append(found.log_prob(actions)[row].exp())
    return torch.stack(chances)


def valid(action, row):
    call, region, option = action.tolist()
    known = TABLE.calls[call]
    fits = {"region": region > 0, "any": True, "image": region == 0}[known.target]
    return fits and bool(PRESENT[row, region]) and option < known.options


@pytest.mark.parametrize("row", [0, 1])
def test_all_valid_actions_together_have_probability_one_and_no_other_has_any(row):
    chances = chances_of(distribution(), row)
    allowed = torch.tensor([valid(action, row) for action in ACTIONS])
    torch.testing.assert_close(chances[allowed].sum(), torch.tensor(1.0))
    assert chances[~allowed].max() == 0.0


@pytest.mark.parametrize("row", [0, 1])
def test_the_entropy_is_that_of_the_enumerated_actions(row):
    found = distribution(seed=3)
    chances = chances_of(found, row)
    known = chances[chances > 0]
    torch.testing.assert_close(found.entropy()[row], -(known * known.log()).sum())


def test_choices_are_conditioned():
    found = distribution()
    by_call = found.regions[0, :2, 1:].exp()
    assert not torch.allclose(by_call[0], by_call[1], atol=0.05)
    by_region = found.options[0, 0, [1, 3], :2].exp()
    assert not torch.allclose(by_region[0], by_region[1], atol=0.05)


def test_samples_come_as_often_as_they_should():
    found = distribution(seed=1)
    torch.manual_seed(0)
    drawn = torch.stack([found.sample()[0] for _ in range(4000)])
    numbers = drawn[:, 0] * 12 + drawn[:, 1] * 3 + drawn[:, 2]
    counted = torch.bincount(numbers, minlength=36) / len(drawn)
    assert (counted - chances_of(found, 0)).abs().max() < 0.03


def test_a_mask_takes_calls_and_regions_away():
    found = distribution()
    mask = np.ones((2, 10), bool)
    mask[:, 0] = False  # no spot
    mask[0, 3 + 1] = False  # no region in slot 1
    found.apply_masking(mask)
    assert found.calls[:, 0].exp().max() == 0.0
    assert found.regions[0, 1, 1].exp() == 0.0
    assert found.get_actions(deterministic=True).tolist() == found.mode().tolist()


def test_gradients_are_finite_where_much_is_masked():
    parts = [torch.randn(shape, requires_grad=True) for shape in SHAPES]
    found = CallDistribution(scores_of(parts), TABLE, PRESENT)
    (found.entropy().sum() + found.log_prob(found.sample()).sum()).backward()
    assert all(torch.isfinite(part.grad).all() for part in parts)


@pytest.mark.parametrize("paired", [True, False])
def test_options_of_one_call_on_one_region_are_those_among_all(paired):
    generator = torch.Generator().manual_seed(4)
    parts = [torch.randn(shape, generator=generator) for shape in SHAPES]
    scores = scores_of(parts) if paired else Scores(*parts[:3], None)
    calls, regions = torch.tensor([2, 0]), torch.tensor([3, 1])
    together = scores.all_options()
    assert together.shape == (2, 3, 4, 3)
    torch.testing.assert_close(scores.options_of(calls, regions), together[[0, 1], calls, regions])


def test_a_table_is_saved_as_plain_values():
    assert TABLE.regions.tolist()[0] == [False, True, True, True]
    assert TABLE.options.tolist() == [[True, True, False], [True, True, True], [True, False, False]]
    again = CallTable.from_json(TABLE.as_json())
    assert again.calls == TABLE.calls and again.sizes == TABLE.sizes
