"""No reply, however spoilt, raises: there is a result, or a failure with a name.

``EDITENV_FUZZ=20000 pytest tests/remote/test_remote_fuzz.py`` sends more of them.
"""

import os
from threading import Lock

import numpy as np
from remote import mutants
from remote.calls import batch
from remote.raw import RawServer, http

from editenv.failure import KINDS, Failure
from editenv.judges import Case, Score
from editenv.models.chat.endpoint import EndpointChatModel
from editenv.models.chat.prices import TokenPrices
from editenv.models.judges.vlm import VlmJudge
from editenv.models.remote import Budget, Limits
from editenv.models.remote.pictures import picture, rgb
from editenv.models.remote.reply import ProblemError
from editenv.models.remote_tools import ImagesEditTool
from editenv.tools.base import Edited
from editenv.types import EditTask

COUNT = int(os.environ.get("EDITENV_FUZZ", "300"))
LIMITS = Limits(concurrency=4, attempts=1, silence=20.0, attempt=60.0, body=2**20, pixels=2**16)


class Spoilt:
    """Answers with mutants, in the order in which requests come."""

    def __init__(self, server, seed, chat):
        self._server, self._chat, self._lock = server, chat, Lock()
        self._rng = np.random.default_rng(seed)

    def __call__(self, path):
        with self._lock:
            if path.startswith("/files/"):
                return http(mutants.picture(self._rng), "image/png")
            return mutants.reply(self._rng, self._server.origin, self._chat)


def test_spoilt_edits():
    with RawServer() as server:
        server.answer = Spoilt(server, 0, chat=False)
        budget = Budget(money=1e6)
        tool = ImagesEditTool(server.url + "#m", limits=LIMITS, budget=budget)
        results = tool.apply_prompted(*batch(COUNT))
        tool.close()
    made = [result for result in results if isinstance(result, Edited)]
    failures = [result for result in results if isinstance(result, Failure)]
    assert len(made) + len(failures) == COUNT and min(len(made), len(failures)) > COUNT / 10
    assert all(edited.image.shape == (24, 32, 3) for edited in made)
    _check(failures)


def test_spoilt_verdicts():
    image = np.zeros((24, 32, 3), np.uint8)
    cases = [Case(EditTask(image, "x"), image)] * COUNT
    with RawServer() as server:
        server.answer = Spoilt(server, 1, chat=True)
        model = EndpointChatModel(
            server.url + "#m",
            limits=LIMITS,
            budget=Budget(money=1e6),
            prices=TokenPrices(2.0, 8.0),
        )
        verdicts = VlmJudge(model).judge(cases)
        model.close()
    scores = [verdict for verdict in verdicts if isinstance(verdict, Score)]
    failures = [verdict for verdict in verdicts if isinstance(verdict, Failure)]
    assert len(scores) + len(failures) == COUNT and min(len(scores), len(failures)) > COUNT / 10
    _check(failures)


def test_spoilt_pictures():
    rng = np.random.default_rng(2)
    under = np.zeros((24, 32, 3), np.uint8)
    read = 0
    for _ in range(COUNT):
        data = mutants.picture(rng)
        try:
            opened = picture(data, 2**16)
        except ProblemError as error:
            assert error.problem.kind == "bad_response"
            continue
        try:
            assert rgb(opened, under).dtype == np.uint8
            read += 1
        except ProblemError as error:
            assert error.problem.kind == "bad_response"
    assert read > COUNT / 10


def _check(failures):
    for failure in failures:
        assert failure.kind in KINDS and len(failure.detail) < 500
        failure.detail.encode()


def test_mutants_are_the_same_again():
    drawn = [
        [mutants.reply(np.random.default_rng(0), "http://h", chat) for _ in range(5)]
        for chat in (False, True, False, True)
    ]
    assert drawn[0] == drawn[2] and drawn[1] == drawn[3]
