"""Remote tools by name: ``"openai:URL#MODEL?NAME=VALUE&..."`` and ``"json:URL#?..."``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from editenv.models.remote.address import FIELD, json_value, parse_address, without_options
from editenv.models.remote.defaults import default_budget
from editenv.models.remote.key import default_key
from editenv.models.remote.limits import LIMIT_NAMES, limits_of
from editenv.models.remote_tools.images_edit import ImagesEditTool
from editenv.models.remote_tools.json_endpoint import JsonTool
from editenv.models.remote_tools.settings import DECLARED, Settings
from editenv.tools.cost import Cost

_PLAIN = ("name", "action", "target", "template", "outside")
OPTIONS = (*_PLAIN, "quality", "money", "seconds", FIELD, *LIMIT_NAMES)
"""Options of every remote tool's name; ``field.NAME=VALUE`` adds a field to each request."""

IMAGES_EDIT_OPTIONS = (*OPTIONS, "size", "send_seed", "result_hosts")
"""Options of ``"openai:URL#MODEL?..."``."""

_SWITCH = {"yes": True, "no": False}


def make_images_edit_tool(where: str) -> ImagesEditTool:
    """Build the tool of ``"openai:WHERE"``.

    Args:
        where: ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...``, such as
            ``https://api.openai.com/v1#gpt-image-1?quality=low,high&money=0.01,0.17``. Options:
            ``quality`` (values by comma; each becomes an option of the tool and is sent as the
            field of that name), ``money`` and ``seconds`` (one for all, or one for each quality),
            ``field.NAME`` (sent along), ``name``, ``action``, ``target``, ``template`` and
            ``outside`` (``Settings``), ``size``, ``send_seed`` (yes, no), ``result_hosts`` (by
            comma), and every bound of ``Limits``.

    Key and budget are those of the process: ``editenv.models.remote.default_key`` and
    ``editenv.models.remote.default_budget``.

    Raises:
        ValueError: a wrong or unknown option, no URL, or credentials inside.
        gymnasium.error.DependencyNotInstalled: httpx or tenacity is missing.
    """
    address = parse_address(where, "where", IMAGES_EDIT_OPTIONS)
    options = address.options
    hosts = options.get("result_hosts", "")
    return ImagesEditTool(
        without_options(where),
        size=options.get("size", "picture"),
        send_seed=_switch("send_seed", options),
        result_hosts=tuple(host for host in hosts.split(",") if host),
        **_common(options, address.fields()),
    )


def make_json_tool(where: str) -> JsonTool:
    """Build the tool of ``"json:WHERE"``.

    Args:
        where: ``URL``, ``URL#MODEL`` or ``URL#MODEL?NAME=VALUE&...``; the model may be empty.
            Options as for ``make_images_edit_tool``, but for ``size``, ``send_seed`` and
            ``result_hosts``. The value of a ``field.NAME`` is read as JSON where it is some.

    Raises:
        ValueError: a wrong or unknown option, no URL, or credentials inside.
        gymnasium.error.DependencyNotInstalled: httpx or tenacity is missing.
    """
    address = parse_address(where, "where", OPTIONS)
    fields = {name: json_value(text) for name, text in address.fields().items()}
    return JsonTool(without_options(where), **_common(address.options, fields))


def _common(options: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": default_key(),
        "limits": limits_of(options),
        "budget": default_budget(),
        "settings": _settings(options, fields),
    }


def _settings(options: Mapping[str, str], fields: Mapping[str, Any]) -> Settings:
    presets = {name: {"quality": name} for name in options.get("quality", "").split(",") if name}
    presets = presets or {"standard": {}}
    plain: dict[str, Any] = {name: options[name] for name in _PLAIN if name in options}
    costs = _costs(options, tuple(presets))
    return Settings(presets=presets, costs=costs, fields=fields, **plain)


def _costs(options: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Cost]:
    seconds = _numbers("seconds", options, names, DECLARED.seconds)
    money = _numbers("money", options, names, DECLARED.money)
    return {name: Cost(*pair) for name, *pair in zip(names, seconds, money, strict=True)}


def _numbers(
    name: str, options: Mapping[str, str], names: tuple[str, ...], default: float
) -> list[float]:
    if name not in options:
        return [default] * len(names)
    try:
        values = [float(text) for text in options[name].split(",")]
    except ValueError:
        values = []
    if len(values) not in (1, len(names)):
        raise ValueError(
            f"{name}={options[name]!r} must be one number, or one for each of {names}, by comma"
        )
    return values if len(values) == len(names) else values * len(names)


def _switch(name: str, options: Mapping[str, str]) -> bool | None:
    if name not in options:
        return None
    if options[name] not in _SWITCH:
        raise ValueError(f"{name}={options[name]!r} is not accepted: choose from {[*_SWITCH]}")
    return _SWITCH[options[name]]
