"""The team behind an environment: its base, roster and members, from arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from editenv.agents import ROLES, oracle_team, scripted_team
from editenv.agents.factory import MEMBER_KINDS, is_member, make_member
from editenv.agents.random import RandomAgent
from editenv.agents.roles import Agent, NumericAgent, RoundView, Turn
from editenv.agents.team import METHODS
from editenv.closing import Closers
from editenv.envs.arguments import MOST_STEPS, check_up_to
from editenv.envs.credit import Credit, make_credit
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.interface import RoleInterface
from editenv.envs.roster import Roster, Seats
from editenv.envs.rounds import Rounds
from editenv.envs.vocabulary import Vocabulary, default_subjects
from editenv.protocols import implements
from editenv.registration import CONFIGURATIONS

TEAMS = {"scripted": scripted_team, "oracle": oracle_team}
"""By name: teams that frozen members can be taken from."""

NAMES = (*TEAMS, "random")
"""Names of members that need nothing else."""

SCRIPTED = "scripted"
"""Who plays for those whom nobody is named for."""

Member = str | Agent | NumericAgent
Members = Member | Mapping[str, Member]


class NumericMember:
    """Lets an agent that decides in numbers play a role.

    Args:
        agent: who decides.
        role: what it decides.
        interface: turns what is seen into numbers, and numbers into decisions.
        owned: the tools that it owns, if it is an editor that owns tools.
    """

    def __init__(
        self,
        agent: NumericAgent,
        role: str,
        interface: RoleInterface,
        owned: Sequence[str] | None,
    ) -> None:
        self._agent, self._role, self._interface, self._owned = agent, role, interface, owned

    def reset(self, workspace: Any) -> None:
        """Nothing to forget."""

    def decide(self, view: RoundView) -> Any:
        """Show the agent its turn and take its action as a decision."""
        interface, role = self._interface, self._role
        numbers = interface.round_numbers(view, ROLES.index(role))
        turn = Turn(
            interface.observe(role, view, numbers, interface.base.observe()),
            interface.action_spaces[role],
            interface.mask(role, view, self._owned),
            interface.base.np_random,
        )
        return interface.parse(role, self._agent.act(turn))

    interpret = ground = select = edit = judge = decide


def make_rounds(
    env_id: str = "ImageEdit-v0",
    *,
    learned: Sequence[str] = ROLES,
    agents: Members = "scripted",
    team: Mapping[str, Seats] | None = None,
    reward: str | Credit = "team",
    terms: Any = None,
    subjects: Sequence[str] | None = None,
    max_cycles: int | None = None,
    max_calls: int | None = None,
    **arguments: Any,
) -> Rounds:
    """Build the rounds behind the environments of ``image_edit_v0``, which see for the arguments.

    Raises:
        ValueError: an unknown id, role, agent, member or reward, or a limit below 1.
    """
    if not isinstance(env_id, str) or env_id not in CONFIGURATIONS:
        raise ValueError(f"env_id={env_id!r} is unknown: choose from {list(CONFIGURATIONS)}")
    if "action_format" in arguments:
        raise ValueError("action_format: a team's actions are its roles', leave it out")
    if "max_steps" in arguments:
        raise ValueError(
            f"max_steps={arguments['max_steps']!r}: a team's limits are max_cycles and max_calls"
        )
    for name, limit in (("max_cycles", max_cycles), ("max_calls", max_calls)):
        if limit is not None:
            check_up_to(name, limit, MOST_STEPS // 2)
    limit, defaults = CONFIGURATIONS[env_id]
    max_calls = max_calls or (2 * max_cycles if max_cycles else limit)
    if terms is not None:
        arguments["reward"] = terms
    settings: dict[str, Any] = {**defaults, **arguments, "max_steps": max_calls}
    base = ImageEditEnv(**settings)
    closers = Closers()
    closers.part(env_id, base)
    with closers.on_error():
        labels = default_subjects() if subjects is None else subjects
        interface = RoleInterface(base, Vocabulary(base.tools, labels))
        roster = Roster({} if team is None else team, interface.tool_names)
        if not _are_names(learned):
            raise ValueError(
                f"learned={learned!r} must name at least one of {(*ROLES, *roster.agents)}"
            )
        names = roster.resolve(learned, "learned")
        return Rounds(
            interface,
            roster,
            learned=names,
            members=make_members(agents, roster, interface, names, closers),
            credit=make_credit(reward),
            max_cycles=max_cycles or max_calls,
            max_calls=max_calls,
            closers=closers,
        )


def make_members(
    agents: Members,
    roster: Roster,
    interface: RoleInterface,
    learned: Sequence[str],
    closers: Closers,
) -> dict[str, Agent]:
    """Build an agent for everyone who is not learned.

    Raises:
        ValueError: an unknown role, agent or name.
    """
    frozen = [agent for agent in roster.agents if agent not in learned]
    named: Mapping[str, Member] = agents if isinstance(agents, Mapping) else {}
    everyone = SCRIPTED if isinstance(agents, Mapping) else agents
    # Also those that nobody asks for, where everyone they stand for is learned.
    _check_member("agents", everyone)
    for name, member in named.items():
        _check_member(f"agents[{name!r}]", member)
    wanted: dict[str, Member] = dict.fromkeys(frozen, everyone)
    # An agent's own entry stands above that of its role, whichever comes first.
    for name in sorted(named, key=lambda name: name not in ROLES):
        wanted.update(dict.fromkeys(roster.resolve([name], "agents"), named[name]))
    return {a: _make_member(wanted[a], a, roster, interface, closers) for a in frozen}


def _are_names(learned: Any) -> bool:
    """Whether these are names of roles or agents, at least one."""
    if not isinstance(learned, Collection) or isinstance(learned, (str, Mapping)):
        return False
    names = list(cast(Collection[Any], learned))
    return bool(names) and all(isinstance(name, str) for name in names)


def _check_member(argument: str, member: Any) -> None:
    """Refuse what can be no member of any team.

    Raises:
        ValueError: an unknown name, or an object without any method of a member.
    """
    if isinstance(member, str):
        if not is_member(member) and member not in NAMES:
            accepted = [*NAMES, *(f"{kind}:..." for kind in MEMBER_KINDS)]
            raise ValueError(f"{argument}={member!r}: choose from {accepted}")
    elif not any(callable(getattr(member, name, None)) for name in ("act", *METHODS.values())):
        raise ValueError(
            f"{argument}={member!r} must be a name or an object with act() or one of "
            f"{[*METHODS.values()]}"
        )


def _make_member(
    member: Member, agent: str, roster: Roster, interface: RoleInterface, closers: Closers
) -> Agent:
    role = roster.role_of[agent]
    made = _by_name(member, agent, role) if isinstance(member, str) else member
    closers.part(member, made)
    if implements(made, NumericAgent):
        check = getattr(made, "check", None)
        if check is not None:
            seen = interface.observation_spaces[role]["observation"]
            check(interface.action_spaces[role], seen)
        return NumericMember(made, role, interface, roster.owned(agent))
    for method in ("reset", METHODS[role]):
        if not callable(getattr(made, method, None)):
            raise ValueError(f"agents[{agent!r}]={made!r} has neither act() nor {method}()")
    return made


def _by_name(name: str, agent: str, role: str) -> Agent | NumericAgent:
    if is_member(name):
        try:
            return make_member(name, role)
        except ValueError as error:
            # The name itself is not repeated: it may hold what is better not logged.
            raise ValueError(f"agents[{agent!r}]: {error}") from error
    if name == "random":
        return RandomAgent()
    return getattr(TEAMS[name](), role)
