"""The members of a team: the roles' protocols, scripted members and oracles."""

from editenv.agents.oracle import oracle_team
from editenv.agents.roles import ROLES, VERDICTS, Intent, Sight
from editenv.agents.scripted import scripted_team
from editenv.agents.team import Team

__all__ = ["ROLES", "VERDICTS", "Intent", "Sight", "Team", "oracle_team", "scripted_team"]
