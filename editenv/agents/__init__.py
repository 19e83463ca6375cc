"""The members of a team: the roles' protocols, scripted members and oracles."""

from editenv.agents.oracle import oracle_team
from editenv.agents.roles import ROLES, VERDICTS, Intent, RoundView
from editenv.agents.scripted import scripted_team
from editenv.agents.team import Team

__all__ = ["ROLES", "VERDICTS", "Intent", "RoundView", "Team", "oracle_team", "scripted_team"]
