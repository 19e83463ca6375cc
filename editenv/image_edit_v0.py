"""The team as a PettingZoo environment.

| Import | ``from editenv import image_edit_v0`` |
|---|---|
| Agents | ``interpreter_0``, ``grounder_0``, ``selector_0``, ``editor_0``, ``critic_0`` |
| Parallel API | yes, ``parallel_env`` |
| Tasks | those of every registered id, ``env_id="ImageEdit-v0"`` |
| Registry | ``pettingzoo.make("aec", "ImageEdit-v0")``, or ``"parallel"``, after the import |

A round is one decision of every agent, in this order, on the engine of ``ImageEditEnv``:

| Agent | Action | Meaning |
|---|---|---|
| ``interpreter_0`` | ``MultiDiscrete([A, S, G])`` | the edit to do now; action 0: nothing |
| ``grounder_0`` | ``Discrete(R)`` | the region slot |
| ``selector_0`` | ``Discrete(T + 1)`` | the tool; the last number: none in this round |
| ``editor_0`` | ``Discrete(O)`` | the option, modulo the tool's number of options; the tool runs |
| ``critic_0`` | ``Discrete(3)`` | accept, undo or submit |

``rounds.vocabulary`` has the words for A, S and G. No observation tells a name: frozen scripted
members, and the numbers of ``uniform_spaces``, call a region what its pixels look like
(``workspace.named_regions``).

Observations are dictionaries: ``observation`` has the entries of ``ImageEditEnv``'s, and ``round``,
(7,) int32: action, subject, goal, region, tool, option and verdict, -1 where undecided; the critic
also sees ``before``, the canvas at the start of the round. ``action_mask`` (n,) int8 stands beside
``observation`` and in ``info``; the interpreter has none: it may say anything. A wrong action never
raises: a call that cannot be carried out changes nothing, and ``info["invalid"]`` says why; an
action outside its space is taken as none, and ``info["illegal"]`` counts them.

With ``env`` (AEC) each agent sees in ``round`` what those before it decided; the critic sees the
edited canvas; ``infos[agent]``, mask included, is current when the agent is selected, and its
``reward_terms`` add up to the reward that ``last()`` returns. With ``parallel_env`` all act at once
on what the last round left, ``round`` holds the *last* round's decisions, and the critic's verdict
falls on an edit that it has not seen.

``state()``, in ``state_space``, is for central critics: the critic's observation in one flat array.

*Termination*: submit. *Truncation*: ``max_cycles`` rounds or ``max_calls`` calls. Frozen members
that act before the first learned one can end an episode at once; it then begins as ended.

| Parameter | Default | Description |
|---|---|---|
| ``env_id`` | ``"ImageEdit-v0"`` | a registered id, whose tasks, tools and limits are taken |
| ``learned`` | all roles | roles or agents that act from outside |
| ``agents`` | ``"scripted"`` | who plays the others: ``"scripted"``, ``"oracle"``, ``"random"``, |
| | | ``"sb3:PATH"``, ``"chat:MODEL"``, ``"detector:FOLDER"``, an object, a mapping |
| | | from role or agent to one of these (scripted where left out); |
| | | an object serves one environment at a time |
| ``team`` | one each | by role, the number of agents, who take turns round by round; |
| | | for ``"editor"`` also the tools that each one owns |
| ``reward`` | ``"team"`` | ``"team"``, ``"role"``, ``"difference"`` or a ``Credit``: see below |
| ``terms`` | the id's own | ``reward`` of ``ImageEditEnv``: preset or weights by term |
| ``uniform_spaces`` | ``False`` | ``True``: one ``Discrete`` and one observation space for every |
| | | agent, with a mask and the role as one-hot; ``"flat"``: the same |
| | | without nesting, for Stable-Baselines3 |
| ``subjects`` | all sprites | labels that the interpreter can name |
| ``max_cycles`` | ``max_calls`` | limit of rounds |
| ``max_calls`` | the id's limit | limit of calls; twice ``max_cycles`` where that is given |
| others | | every argument of ``ImageEditEnv`` but ``action_format`` |

Rewards: ``"team"`` gives everyone the sum of the calls' rewards. Undoing and submitting are calls
of their own, so that the same calls give the same return as in ``ImageEditEnv``. ``"role"`` takes
off each agent's own error, 0 to 1 a decision (``editenv.agents.scores``). ``"difference"`` is the
round's reward less the one that it would have brought had this agent asked for nothing
(``editenv.envs.credit``).

``as_gymnasium(role)`` is a single-agent environment for one role, with the others as part of the
world.

>>> from editenv import image_edit_v0
>>> env = image_edit_v0.env("ImageEdit-Direct-v0", learned=("critic",))
>>> env.reset(seed=0)
>>> env.agents
['critic_0']
>>> env.close()
"""

from __future__ import annotations

from typing import Any, cast

from editenv.optional import import_optional

pettingzoo: Any = import_optional("pettingzoo", "pettingzoo", "the multi-agent environment")

from pettingzoo.utils import wrappers  # noqa: E402  # after the check that names the pip command

from editenv.envs.multi_agent import ImageEditAECEnv, ImageEditParallelEnv  # noqa: E402
from editenv.envs.role import ImageEditRoleEnv  # noqa: E402
from editenv.registration import CONFIGURATIONS  # noqa: E402

raw_env = ImageEditAECEnv
parallel_env = ImageEditParallelEnv
as_gymnasium = ImageEditRoleEnv


def env(*args: Any, **kwargs: Any) -> Any:
    """Build the AEC environment with PettingZoo's check of the order of calls.

    Args:
        args: of ``raw_env``.
        kwargs: of ``raw_env``, see the table above.
    """
    return cast(Any, wrappers.OrderEnforcingWrapper(raw_env(*args, **kwargs)))


def register_teams() -> None:
    """Register every id with PettingZoo, where it has a registry (since 1.27); harmless again."""
    if not hasattr(pettingzoo, "register"):
        return
    for kind, creator in (("aec", "env"), ("parallel", "parallel_env")):
        registry = getattr(pettingzoo, f"{kind}_registry")
        for env_id in CONFIGURATIONS:
            if env_id not in registry:
                entry = f"{__name__}:{creator}"
                pettingzoo.register(kind, env_id, entry_point=entry, kwargs={"env_id": env_id})


register_teams()

__all__ = ["as_gymnasium", "env", "parallel_env", "raw_env"]
