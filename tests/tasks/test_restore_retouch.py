"""Whole photos: balanced splits, faults that must be seen, and no sequence that mends them all."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from editenv.imaging.tone import is_natural
from editenv.success import Checklist
from editenv.tasks import SPLITS, make_tasks
from editenv.tasks.look import run_pixel_edit
from editenv.tasks.photo_edits import MOST_FAULTS, full_mask, is_held_out
from editenv.tasks.restore import MENU as RESTORE
from editenv.tasks.retouch import MENU as RETOUCH
from editenv.tools import TOOL_PRESETS, make_tool

MENUS = {"restore": RESTORE, "retouch": RETOUCH}
PRESETS = {"restore": "restore", "retouch": "photo"}
FAMILIES = sorted(MENUS)
CASES = list(product(FAMILIES, SPLITS))


def tasks_of(family, split="test", size=128):
    return make_tasks(family, split=split, height=size, width=size)


def drawn(family, split, count):
    tasks, rng = tasks_of(family, split), np.random.default_rng([7, SPLITS.index(split)])
    return [tasks.draw_theme(rng) for _ in range(count)]


def fault_of(family, edit):
    return next(fault for fault, edits in MENUS[family].items() if edit in edits)


def assert_shares(counts, expected):
    """Each count is within four standard errors of its expected share."""
    total = sum(counts.values())
    for key, share in expected.items():
        spread = 4 * (share * (1 - share) / total) ** 0.5
        assert abs(counts[key] / total - share) < spread, (key, counts[key] / total, share)


def check_frequencies(family, mixes):
    menu = MENUS[family]
    assert_shares(
        Counter(len(mix) for mix in mixes),
        {count: 1 / MOST_FAULTS for count in range(1, MOST_FAULTS + 1)},
    )
    edits = [edit for mix in mixes for edit in mix]
    assert_shares(
        Counter(fault_of(family, edit) for edit in edits), dict.fromkeys(menu, 1 / len(menu))
    )
    for options in menu.values():
        mine = Counter(edit for edit in edits if edit in options)
        assert_shares(mine, dict.fromkeys(options, 1 / len(options)))
    kinds = Counter(tuple(fault_of(family, edit) for edit in mix) for mix in mixes)
    assert max(kinds.values()) < 0.15 * len(mixes)


@pytest.mark.parametrize(("family", "split"), CASES)
def test_faults_amounts_and_numbers_are_equally_frequent(family, split):
    check_frequencies(family, drawn(family, split, 3000))


@pytest.mark.parametrize(("family", "split"), CASES)
def test_photos_that_do_not_suit_a_mix_do_not_make_it_rare(family, split):
    tasks = tasks_of(family, split)
    for seed in range(12):
        theme = tasks.draw_theme(np.random.default_rng(seed))
        mix = tasks.sample(np.random.default_rng(seed)).metadata["photo_edits"]
        assert mix == theme


@pytest.mark.slow
@pytest.mark.parametrize(("family", "split"), CASES)
def test_the_same_on_tasks(family, split):
    tasks = tasks_of(family, split, 64)
    check_frequencies(family, [tasks[i].metadata["photo_edits"] for i in range(600)])


@pytest.mark.parametrize("family", FAMILIES)
def test_held_out_mixes_are_a_small_share_of_test_and_nowhere_else(family):
    menu = MENUS[family]
    for split in ("train", "validation"):
        assert not any(is_held_out(mix, menu) for mix in drawn(family, split, 1500))
    held = np.mean([is_held_out(mix, menu) for mix in drawn(family, "test", 3000)])
    assert 0.09 < held < 0.15


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_complaint_goes_with_different_remedies(family):
    """So the picture must be looked at: what is said leaves the option, or even the kind, open."""
    tasks = tasks_of(family, "train", 64)
    remedies = {}
    for index in range(400):
        task = tasks[index]
        remedies.setdefault(task.instruction, set()).add(task.metadata["photo_edits"])
    assert sum(len(found) > 1 for found in remedies.values()) >= 8


@pytest.mark.parametrize("family", FAMILIES)
def test_one_call_solves_few_tasks_whichever_it_is(family):
    tasks, solved, count = tasks_of(family, size=64), Counter(), 400
    calls = [(t, o) for t in TOOL_PRESETS[PRESETS[family]] for o in make_tool(t).options]
    for index in range(count):
        task = tasks[index]
        checklist, mask = Checklist(task), full_mask(task.source)
        for call in calls:
            solved[call] += checklist.verdict(run_pixel_edit(call, task.source, mask)).success
    best, number = solved.most_common(1)[0]
    assert number <= 0.05 * count, best


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [64, 128, 256])
def test_the_right_calls_give_the_target_and_leaving_one_out_does_not(family, size):
    tasks = tasks_of(family, size=size)
    for index in range(12):
        task = tasks[index]
        checklist, mask = Checklist(task), full_mask(task.source)
        mix = task.metadata["photo_edits"]
        for left_out in range(-1, len(mix)):
            canvas = task.source
            for place, edit in enumerate(mix):
                if place != left_out:
                    canvas = run_pixel_edit(edit, canvas, mask)
            assert checklist.verdict(canvas).success == (left_out < 0), (mix, left_out)


def test_the_photo_before_its_faults_is_well_made_and_kept():
    task = tasks_of("restore")[0]
    assert is_natural(task.metadata["clean"])


@pytest.mark.parametrize("level", ["light", "medium", "strong"])
@pytest.mark.parametrize("fault", ["denoise_guided", "denoise_median", "deblock", "deblur"])
def test_the_right_strength_comes_nearest_to_the_clean_photo(fault, level):
    """But for compression: there it must beat doing nothing, and too strong does harm."""
    from editenv.tasks.restore import degraded

    rng, tasks, errors = np.random.default_rng(0), tasks_of("restore"), []
    for index in range(12):
        clean = tasks[index].metadata["clean"]
        source, mask = degraded(rng, clean, ((fault, level),)), full_mask(clean)
        results = [run_pixel_edit((fault, o), source, mask) for o in make_tool(fault).options]
        errors.append([np.abs(r.astype(int) - clean).mean() for r in (source, *results)])
    untouched, *by_option = np.mean(errors, axis=0)
    right = make_tool(fault).options.index(level)
    assert by_option[right] < untouched
    if fault in ("denoise_guided", "deblur"):
        assert np.argmin(by_option) == right
