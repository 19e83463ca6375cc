"""The parser of answers under attack: any string, any length, the same answer every time."""

import hashlib
import subprocess
import sys
import time

import pytest
from fuzzed_answers import fuzzed
from hypothesis import given, settings
from hypothesis import strategies as st

from editenv.answers import (
    parse_answer,
)
from editenv.answers.format import MAX_CHARACTERS


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_string_is_read_without_an_exception(text):
    for whole in (text, f"<action>{text}</action><subject>b</subject><goal>c</goal>"):
        assert parse_answer(whole) == parse_answer(whole)


def digest(count):
    hashed = hashlib.sha256()
    for text in fuzzed(count):
        for limit in (MAX_CHARACTERS, 10**7):
            answer = parse_answer(text, limit)
            assert bool(answer.problem) <= (answer.edits == ())
            hashed.update(repr(answer).encode("utf-8", "backslashreplace"))
    return hashed.hexdigest()


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from test_answer_fuzz import digest
print(digest(int(sys.argv[2])))
"""


def test_fuzzed_answers_are_read_alike_in_two_processes(request):
    count = 100_000
    line = [sys.executable, "-c", SCRIPT, str(request.path.parent), str(count)]
    there = subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()
    assert there == digest(count)


def test_some_fuzzed_answers_are_well_formed():
    good = sum(not parse_answer(text).problem for text in fuzzed(2_000, huge_every=10**9))
    assert 20 < good < 1_980


def seconds(text):
    def once():
        start = time.process_time()
        parse_answer(text, max_characters=len(text))
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("", "<think>"),
        ("<think>", "</thin"),
        ("<think>", "<think></think"),
        ("<action>", "</actio"),
        ("<action>", "a;"),
        ("<action>", " "),
        ("<action>", "\u0345"),
        ("<action>a</action><subject>", "</action>"),
        ("", "\ud800"),
        ("", " "),
    ],
)
def test_ten_times_the_length_takes_about_ten_times_as_long(head, unit):
    short, long = (head + unit * (size // len(unit)) for size in (300_000, 3_000_000))
    # A quadratic parser would take 100 times as long. Below a millisecond the clock decides.
    assert seconds(long) <= 30 * max(seconds(short), 1e-3)
