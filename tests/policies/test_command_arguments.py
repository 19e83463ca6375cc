"""What the command lines share: a run that goes on has the arguments that it began with."""

import errno
import sys
from pathlib import Path

import pytest
from editenv_policies.arguments import Parser, at_least, keep_arguments, parse_run, run_main

FULL, SMOKE = {"steps": 100, "group_size": 4}, {"steps": 2, "group_size": 2}


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read a command line with ``--out`` in an empty folder."""

    def call(*words):
        parser = Parser(prog="train.py")
        parser.add_argument("--group-size", type=at_least(2), default=None)
        parser.add_argument("--steps", type=at_least(1), default=None)
        parser.add_argument("--out", type=Path)
        parser.add_argument("--resume", action="store_true")
        parser.add_argument("--smoke", action="store_true")
        monkeypatch.setattr(sys, "argv", ["train.py", "--out", str(tmp_path), *words])
        return parse_run(parser, FULL, SMOKE)

    return call


def test_going_on_needs_no_argument_again(read):
    keep_arguments(read("--group-size", "3", "--smoke"))
    for words in ([], ["--group-size", "3"], ["--steps", "9"]):
        again = read("--resume", *words)
        assert (again.group_size, again.smoke) == (3, True)
        assert again.steps == (9 if "--steps" in words else 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resume", "--group-size", "5"], "--group-size 5: the run in"),
        (["--group-size", "1"], "'1' must be an integer of at least 2"),
        (["--steps", "1.5"], "'1.5' must be an integer of at least 1"),
    ],
)
def test_what_does_not_fit_is_one_line(read, capsys, words, message):
    keep_arguments(read("--group-size", "3"))
    with pytest.raises(SystemExit) as ended:
        read(*words)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in said and len(said.splitlines()) == 1


def test_there_must_be_a_run_to_go_on_with(read, capsys):
    with pytest.raises(SystemExit) as ended:
        read("--resume")
    assert ended.value.code == 2 and "no run to go on with" in capsys.readouterr().err


def full_disk():
    raise OSError(errno.ENOSPC, "No space left on device")


def no_file():
    raise FileNotFoundError("no checkpoint at here")


def bad_count():
    raise ValueError("num_envs=0")


@pytest.mark.parametrize(("main", "status"), [(full_disk, 1), (no_file, 2), (lambda: 3, 3)])
def test_the_status_says_how_it_ended(main, status, capsys):
    with pytest.raises(SystemExit) as ended:
        run_main(main)
    assert ended.value.code == status
    assert len(capsys.readouterr().err.splitlines()) <= 1


def test_a_fault_of_another_library_keeps_its_traceback():
    with pytest.raises(ValueError, match="num_envs"):
        run_main(bad_count)
