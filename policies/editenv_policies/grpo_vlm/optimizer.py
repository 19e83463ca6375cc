"""AdamW with its state in plain tensors, so that a checkpoint needs no pickle."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from editenv_policies.grpo_vlm.settings import OptimizerSettings


class Optimizer:
    """Updates named parameters, and gives and takes its whole state as tensors.

    Args:
        parameters: by name, in a fixed order.
        settings: learning rate and more.
    """

    def __init__(self, parameters: Mapping[str, nn.Parameter], settings: OptimizerSettings) -> None:
        self._parameters = dict(parameters)
        self._settings = settings
        self._adam = torch.optim.AdamW(
            self._parameters.values(), weight_decay=settings.weight_decay
        )

    def update(self, step: int) -> float:
        """Follow the gradients that have been accumulated, and forget them.

        Gradients that are not finite change nothing: one bad step would make all weights NaN.

        Args:
            step: of the run, decides the learning rate.

        Returns:
            The length of the gradient before it was cut.
        """
        for group in self._adam.param_groups:
            group["lr"] = self._settings.rate(step)
        length = nn.utils.clip_grad_norm_(self._parameters.values(), self._settings.max_grad_norm)
        if length.isfinite():
            self._adam.step()
        self._adam.zero_grad()
        return float(length)

    def state(self) -> dict[str, Tensor]:
        """Return weights and moments, by ``"weight/NAME"``, ``"exp_avg/NAME"`` and so on."""
        found = {f"weight/{name}": weight.detach() for name, weight in self._parameters.items()}
        for name, weight in self._parameters.items():
            for key, value in self._adam.state.get(weight, {}).items():
                found[f"{key}/{name}"] = value
        return found

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            ValueError: it is of other parameters.
        """
        wanted = {f"weight/{name}" for name in self._parameters}
        given = {key for key in state if key.startswith("weight/")}
        if wanted != given:
            raise ValueError(
                f"state has {len(given)} weights; accepted: the {len(wanted)} that are trained, "
                f"but {sorted(wanted ^ given)[:5]} do not fit"
            )
        with torch.no_grad():
            for name, weight in self._parameters.items():
                weight.copy_(state[f"weight/{name}"])
        self._adam.state.clear()
        for key, value in state.items():
            kind, _, name = key.partition("/")
            if kind != "weight":
                # The count of steps stays on the CPU, as AdamW keeps it.
                place = value.device if kind == "step" else self._parameters[name].device
                self._adam.state[self._parameters[name]][kind] = value.clone().to(place)
