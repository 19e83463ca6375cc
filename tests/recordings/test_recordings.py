"""What is recorded is what happened, and nothing half-written counts."""

import json

import gymnasium
import numpy as np
import pytest
from editenv_policies.evaluation import HELD_OUT_SEED
from editenv_policies.recording.team import record_team

from editenv import ToolCall, image_edit_v0
from editenv.agents.roles import VERDICTS
from editenv.cli import main
from editenv.recordings import RecordEpisodes, read_recordings
from editenv.recordings.folder import begin

SUBMITS = VERDICTS.index("submit")


def test_outcomes_are_those_of_the_episodes(recorded):
    folder, outcomes = recorded
    found = {each.about["policy"]: each for each in read_recordings(folder)}
    assert found.keys() == outcomes.keys()
    for name, recording in found.items():
        for episode, outcome in zip(recording.episodes, outcomes[name], strict=True):
            assert episode["solved"] == outcome.solved
            assert episode["return"] == pytest.approx(outcome.total)
            assert len(episode["steps"]) == outcome.length
    assert all(episode["solved"] for episode in found["oracle"].episodes)


def test_the_same_tasks_are_known_as_the_same(recorded):
    first, second = read_recordings(recorded[0])
    assert [e["task"] for e in first.episodes] == [e["task"] for e in second.episodes]
    assert len({e["task"] for e in first.episodes}) == len(first.episodes)


def test_pictures_masks_terms_and_checklist_are_those_of_the_engine(recorded):
    oracle = next(r for r in read_recordings(recorded[0]) if r.about["policy"] == "oracle")
    episode = oracle.episodes[0]
    env = gymnasium.make("ImageEdit-Direct-v0", split="test").unwrapped
    env.reset(seed=HELD_OUT_SEED)

    def picture(name):
        return oracle.picture(f"{episode['folder']}/{name}.png")

    assert episode["instruction"] == env.task.instruction
    assert (picture("source") == env.task.source).all()
    assert (picture(episode["target"]) == env.task.target).all()
    for edit, mask in zip(env.task.sub_edits, episode["plan"], strict=True):
        assert (mask["action"], mask["goal"]) == (edit.action, edit.goal)
        assert (picture(mask["mask"]) == edit.mask).all()
    for step in episode["steps"]:
        regions = env.workspace.regions
        call = ToolCall(step["tool"], step["region"], step["option"])
        *_, info = env.step(env.encode(call))
        assert (picture(step["picture"]) == env.workspace.canvas).all()
        assert step["reward_terms"] == pytest.approx(info["reward_terms"])
        assert step["reward"] == pytest.approx(sum(info["reward_terms"].values()))
        assert step["checklist"] == list(info["checklist"])
        if step["mask"] is not None:
            assert (picture(step["mask"]) == regions[call.region].mask).all()


def test_an_invalid_call_is_told_and_shows_no_new_picture(tmp_path):
    env = RecordEpisodes(gymnasium.make("ImageEdit-Direct-v0"), tmp_path, "wrong")
    env.reset(seed=0)
    env.step(env.unwrapped.encode(ToolCall("undo")))
    env.step(env.unwrapped.encode(ToolCall("submit")))
    undo, submit = read_recordings(tmp_path)[0].episodes[0]["steps"]
    assert undo["invalid"] == "there is nothing to undo" and submit["invalid"] is None
    assert undo["picture"] == submit["picture"] == "source"


def test_only_whole_episodes_are_read(tmp_path):
    env = RecordEpisodes(gymnasium.make("ImageEdit-Direct-v0"), tmp_path, "mine")
    env.reset(seed=0)
    env.reset(seed=1)
    env.step(env.unwrapped.encode(ToolCall("submit")))
    (recording,) = read_recordings(tmp_path)
    assert [episode["seed"] for episode in recording.episodes] == [1]
    with (recording.folder / "episodes.jsonl").open("a") as file:
        file.write('{"number": 1, "fol')
    assert len(read_recordings(tmp_path)[0].episodes) == 1


def test_the_step_limit_is_told(tmp_path):
    env = gymnasium.make("ImageEdit-Direct-v0", max_episode_steps=1)
    env = RecordEpisodes(env, tmp_path, "slow")
    env.reset(seed=0)
    env.step(env.unwrapped.encode(ToolCall("undo")))
    (episode,) = read_recordings(tmp_path)[0].episodes
    assert episode["ended"] == "step limit" and not episode["solved"]


def test_calls_of_a_team_can_be_recorded_afterwards(tmp_path):
    team = image_edit_v0.raw_env("ImageEdit-Direct-v0", learned=("critic",), agents="oracle")
    base, played = team.unwrapped.rounds.base, []

    def play(seed):
        team.reset(seed=seed)
        while team.agents:
            team.step(None if team.terminations[team.agent_selection] else SUBMITS)
        played.append((base.workspace.canvas, base.workspace.history))

    record_team(team, "ImageEdit-Direct-v0", "team", [3], tmp_path, play)
    ((canvas, calls),) = played
    (recording,) = read_recordings(tmp_path)
    (episode,) = recording.episodes
    last = episode["steps"][-1]["picture"]
    assert [step["tool"] for step in episode["steps"]] == [call.tool for call in calls]
    assert (recording.picture(f"{episode['folder']}/{last}.png") == canvas).all()
    assert len(calls) == 2 and episode["solved"]


def test_bad_input_is_refused_by_name(tmp_path, recorded):
    with pytest.raises(ValueError, match="no ImageEditEnv"):
        RecordEpisodes(gymnasium.make("CartPole-v1"), tmp_path, "mine")
    with pytest.raises(ValueError, match="holds a recording"):
        begin(recorded[0], "ImageEdit-Direct-v0", "oracle", "test")
    with pytest.raises(ValueError, match="holds no recording"):
        read_recordings(tmp_path)


BAD = [
    "--policy nobody",
    "--policy random --episodes 0",
    "--policy random --seed -1",
    "--policy random --policy oracle --minari editenv/two/both-v0",
    "--policy random --minari nonsense",
]


@pytest.mark.parametrize("line", BAD)
def test_the_command_refuses_in_one_line(tmp_path, capsys, line):
    assert main(["record", "--out", str(tmp_path / "out"), *line.split()]) == 2
    said = capsys.readouterr().err
    assert said.startswith("editenv record: ") and len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_command_records_and_writes_a_minari_data_set(tmp_path, monkeypatch, capsys):
    minari = pytest.importorskip("minari")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    out, name = tmp_path / "out", "editenv/direct/oracle-v0"
    line = ["--id", "ImageEdit-Direct-v0", "--policy", "oracle", "--episodes", "2", "--seed", "7"]
    assert main(["record", *line, "--out", str(out), "--minari", name]) == 0
    assert "oracle: 100.0 %" in capsys.readouterr().out
    (recording,) = read_recordings(out)
    data = minari.load_dataset(name)
    assert data.total_episodes == len(recording.episodes) == 2
    for kept, episode in zip(data.iterate_episodes(), recording.episodes, strict=True):
        assert list(kept.rewards) == pytest.approx([s["reward"] for s in episode["steps"]])
        last = episode["steps"][-1]["picture"]
        shown = recording.picture(f"{episode['folder']}/{last}.png")
        assert (np.asarray(kept.observations["image"][-1]) == shown).all()
    assert main(["record", *line, "--out", str(tmp_path / "more"), "--minari", name]) == 2


def test_about_names_what_was_played(recorded):
    about = json.loads((recorded[0] / "ImageEdit-Direct-v0--oracle/recording.json").read_text())
    assert about["env"] == "ImageEdit-Direct-v0" and about["split"] == "test"
    assert about["versions"].keys() == {"editenv", "gymnasium"}
