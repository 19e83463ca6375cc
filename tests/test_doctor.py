"""``editenv doctor``: what is there, what is not, and what would mend it."""

import tomllib
from pathlib import Path

from editenv import doctor
from editenv.cli import main

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]


def test_all_is_well(capsys):
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "numpy " in said and "processors" in said and "photographs" in said
    assert f"episode  {doctor.episode_digest()}" in said, "the same every time"


def test_it_knows_what_the_package_and_its_extras_need():
    assert "gymnasium" in doctor.needed("") and "torch" not in doctor.needed("")
    assert set(doctor.needed("team")) == {"pettingzoo"}
    assert {"torch", "transformers", "trl"} <= set(doctor.needed("vlm")), "an extra of extras"


def test_it_knows_every_extra():
    assert set(doctor.extras()) == set(PROJECT["optional-dependencies"])


def test_what_an_extra_lacks_is_said_with_the_command(monkeypatch, capsys):
    there = doctor.installed
    monkeypatch.setattr(doctor, "installed", lambda name: None if name == "trl" else there(name))
    assert main(["doctor"]) == 0
    assert "lacks trl: pip install 'editenv[vlm]'" in capsys.readouterr().out


def test_what_the_package_itself_lacks_is_an_error(monkeypatch, capsys):
    there = doctor.installed
    monkeypatch.setattr(doctor, "installed", lambda name: None if name == "scipy" else there(name))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "scipy is missing" in said and "pip install scipy" in said
