"""Who moves sliders without learning, and stock learners that do."""

import gymnasium
import numpy as np
import pytest

pytest.importorskip("stable_baselines3")

from editenv_policies.develop import (
    ACTORS,
    Blind,
    evaluate_sliders,
    sliders_table,
)
from editenv_policies.develop.actors import GREAT, SMALL, USUAL, greyed, read_moves
from stable_baselines3 import PPO, SAC, TD3

from editenv.tasks.language.adjustments import (
    DEGREE_SHARE,
    QUALITY_SHARE,
    SIDES,
    adjustment,
)

ENV_ID = "ImageEdit-Develop-v0"


def make(**arguments):
    return gymnasium.make(
        ENV_ID, **{"image_size": 40, "split": "test", "disable_env_checker": True, **arguments}
    )


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_pipeline_reads_every_degree_of_every_fault(split):
    for name, sides in SIDES.items():
        for move in (-0.9, -0.5, 0.5, 0.9):
            size = USUAL if name == "saturation" else GREAT if abs(move) == 0.9 else SMALL
            for words in getattr(sides.faults.forms[sides.goal(move)], split):
                read = read_moves(f"To me it looks {words}.")
                assert read == {name: pytest.approx(size * np.sign(move))}, words


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_pipeline_reads_whole_complaints_in_the_right_direction(split):
    rng, silent = np.random.default_rng(0), 0
    for _ in range(400):
        names = list(rng.choice(list(SIDES), 2, replace=False))
        moves = {name: float(rng.choice([-0.9, -0.5, 0.5, 0.9])) for name in names}
        read = read_moves(adjustment(rng, split, moves))
        assert set(read) <= set(moves)
        assert all(read[name] * moves[name] > 0 for name in read)
        silent += len(moves) - len(read)
    assert silent / 800 == pytest.approx(1 - DEGREE_SHARE - QUALITY_SHARE, abs=0.06)


def test_the_actors_are_as_good_as_their_names():
    env = make()
    rows = {name: evaluate_sliders(build(), env, 25) for name, build in ACTORS.items()}
    assert rows["no-op"].successes == 0 and rows["oracle"].successes == 25
    assert rows["oracle"].distance < rows["pipeline"].distance < rows["no-op"].distance
    assert rows["no-op"].distance < rows["random"].distance
    table = sliders_table(rows)
    assert "| oracle | 100.0 % [86.7, 100.0] |" in table and len(table.splitlines()) == 6
    assert rows["no-op"].as_json()["interval"][0] == 0.0


def test_nothing_of_the_photo_is_left_in_a_greyed_observation():
    env = make()
    first, _ = env.reset(options={"task": 1})
    second, _ = env.reset(options={"task": 2})
    for key in ("image", "histogram", "source_histogram"):
        np.testing.assert_array_equal(greyed(first)[key], greyed(second)[key])
        assert greyed(first)[key].shape == first[key].shape
        assert not np.array_equal(greyed(first)[key], first[key])
    np.testing.assert_array_equal(greyed(first)["instruction"], first["instruction"])


def test_a_reader_needs_no_picture():
    env = make()
    plain, blind = (
        evaluate_sliders(a, env, 10) for a in (ACTORS["pipeline"](), Blind(ACTORS["pipeline"]()))
    )
    assert plain == blind


@pytest.mark.parametrize("show_image", [True, False])
@pytest.mark.parametrize("algorithm", [SAC, TD3, PPO])
def test_stock_algorithms_train_on_it_unchanged(algorithm, show_image):
    env = make(split="train", show_image=show_image)
    settings = {"n_steps": 32} if algorithm is PPO else {"learning_starts": 16, "buffer_size": 100}
    model = algorithm("MultiInputPolicy", env, batch_size=16, device="cpu", **settings)
    before = {k: v.clone() for k, v in model.policy.state_dict().items()}
    model.learn(48)
    assert any(not v.equal(before[k]) for k, v in model.policy.state_dict().items())
    observation, _ = env.reset(seed=0)
    action, _ = model.predict(observation)
    assert env.action_space.contains(action)
