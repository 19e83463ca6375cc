"""The audit lets our reward pass and sees through bad judges, each by the right pairs."""

import json
from functools import cache

import pytest
from audit_doubles import PrefersFirst, always_seven, broken, likes_change, likes_length, moody

from editenv import CONFIGURATIONS
from editenv.cli import main
from editenv.models.audit import audit, write_reports

FEW = {"split": "test", "episodes": 8}


@cache
def of_our_reward(env_id):
    """By calls and by pictures."""
    return audit(env_id, **FEW)


def broken_pairs(report):
    return {(p.order.better, p.order.worse) for p in report.pairs if report.broken(p)}


def check(report, beginning):
    (found,) = [c for c in report.checks if c.name.startswith(beginning)]
    return found


@pytest.mark.parametrize("env_id", CONFIGURATIONS)
def test_our_reward_passes_by_calls(env_id):
    report, _ = of_our_reward(env_id)
    assert report.passed, broken_pairs(report)
    assert sum(pair.tasks for pair in report.pairs if pair.counts) > 4 * len(report.samples)
    for beginning in ("repeated", "longer instruction", "regions in other slots"):
        assert check(report, beginning).value == 0.0
    assert report.statistics()["perfect"]["solved"] == 1.0


@pytest.mark.parametrize("env_id", CONFIGURATIONS)
def test_our_reward_passes_by_pictures(env_id):
    _, report = of_our_reward(env_id)
    assert report.passed, broken_pairs(report)


def test_a_sparse_reward_knows_no_half():
    by_calls, _ = audit("ImageEdit-MultiStep-v0", reward="sparse", **FEW)
    assert broken_pairs(by_calls) >= {("perfect", "detour"), ("half", "no_op")}


def test_a_reward_for_doing_anything_is_found_out():
    by_calls, _ = audit("ImageEdit-v0", reward={"step": -1.0}, **FEW)
    assert ("perfect", "detour") in broken_pairs(by_calls)
    assert not by_calls.passed


def test_always_seven_violates_every_strict_order_and_no_other():
    (report,) = audit("ImageEdit-v0", judge=always_seven(), **FEW)
    assert not report.passed
    for pair in report.pairs:
        assert pair.rate == (1.0 if pair.order.strict else 0.0), pair


def test_liking_change_is_found_out():
    (report,) = audit("ImageEdit-v0", judge=likes_change(), **FEW)
    broken = broken_pairs(report)
    assert {("perfect", "noise"), ("perfect", "collateral"), ("no_op", "noise")} <= broken
    assert {("half", "noise"), ("no_op", "wrong_object")} <= broken
    assert not {("perfect", "no_op"), ("half", "no_op"), ("perfect", "half")} & broken


def test_bias_for_long_instructions_is_found_out():
    (report,) = audit("ImageEdit-Direct-v0", judge=likes_length(), **FEW)
    assert not broken_pairs(report)
    length = check(report, "longer instruction")
    assert length.value == pytest.approx(18 / 20, abs=0.1)
    assert not length.passed
    assert not report.passed
    assert check(report, "perfect: correlation with the instruction's words").value > 0.99


def test_bias_for_a_position_is_found_out():
    (report,) = audit("ImageEdit-Direct-v0", judge=PrefersFirst(), **FEW)
    swapped = check(report, "pictures in the other order")
    assert swapped.value == pytest.approx(2.0)
    assert not swapped.passed
    assert not report.passed


def test_a_judge_that_changes_its_mind_is_found_out():
    (report,) = audit("ImageEdit-Direct-v0", judge=moody(), **FEW)
    assert not check(report, "repeated").passed


def test_failures_are_counted_and_score_nothing():
    (report,) = audit("ImageEdit-Direct-v0", judge=broken(), **FEW)
    assert report.failures == {"timeout": sum(len(s.probes) for s in report.samples)}
    assert report.statistics() == {}
    assert not report.passed, "nothing was measured"


@pytest.mark.parametrize("judge", ["l1", "ssim"])
def test_reference_judges_on_objects(judge):
    (report,) = audit("ImageEdit-Direct-v0", judge=judge, **FEW)
    assert report.passed, broken_pairs(report)


def test_reports_are_written(tmp_path):
    reports = audit("ImageEdit-Direct-v0", judge=always_seven(), **FEW)
    write_reports(reports, tmp_path)
    found = json.loads((tmp_path / "audit.json").read_text())
    assert found[0]["passed"] is False
    text = (tmp_path / "audit.md").read_text()
    assert "perfect > no_op" in text
    for name in ("judge-seven", "judge-seven-violations"):
        picture = tmp_path / f"ImageEdit-Direct-v0-{name}.png"
        assert picture.name in text
        assert picture.stat().st_size > 5_000


def test_the_command(tmp_path, capsys):
    arguments = ["audit", "--env", "ImageEdit-Direct-v0", "--episodes", "3"]
    assert main([*arguments, "--reward", "shaped", "--out", str(tmp_path)]) == 0
    assert "| perfect > no_op | 3 | 0 | 0% |" in capsys.readouterr().out
    assert (tmp_path / "audit.md").exists()
    assert main([*arguments, "--judge", '{"l1": 0.5, "psnr": 0.5}', "--json"]) in (0, 1)
    assert json.loads(capsys.readouterr().out)[0]["scorer"].startswith("judge mix(l1=0.5")
    assert main([*arguments, "--reward", "sparse", "--json"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--env", "Atari-v0"], "env='Atari-v0'"),
        (["--env", "ImageEdit-v0", "--episodes", "0"], "episodes=0"),
        (["--env", "ImageEdit-v0", "--tolerance", "2"], "tolerance=2"),
        (["--env", "ImageEdit-v0", "--judge", "beauty"], "judge='beauty'"),
        (["--env", "ImageEdit-v0", "--judge", "{x"], "no JSON"),
        (["--env", "ImageEdit-v0", "--reward", "much"], "reward='much'"),
        (["--env", "ImageEdit-v0", "--tasks", "none"], "tasks='none'"),
    ],
)
def test_bad_arguments_are_named(arguments, words, capsys):
    assert main(["audit", *arguments]) == 2
    assert words in capsys.readouterr().err
