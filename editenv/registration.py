"""The registered ids."""

from __future__ import annotations

from typing import Any

import gymnasium

ENTRY_POINT = "editenv.envs.image_edit:ImageEditEnv"
VECTOR_ENTRY_POINT = "editenv.envs.make_vector:make_vector_env"

PHOTO = {"tools": "photo", "slots": 1}
RESTORE = {"tools": "restore", "slots": 1}

CONFIGURATIONS: dict[str, tuple[int, dict[str, Any]]] = {
    "ImageEdit-v0": (8, {"tasks": "mixed", "max_tokens": 64}),
    "ImageEdit-Direct-v0": (3, {"tasks": "direct", "max_tokens": 32}),
    "ImageEdit-MultiStep-v0": (12, {"tasks": "multistep", "max_tokens": 96}),
    "ImageEdit-Indirect-v0": (6, {"tasks": "indirect", "max_tokens": 64}),
    "ImageEdit-Retouch-v0": (8, {"tasks": "retouch", "max_tokens": 64, **PHOTO}),
    "ImageEdit-Restore-v0": (8, {"tasks": "restore", "max_tokens": 64, **RESTORE}),
    "ImageEdit-Complex-v0": (14, {"tasks": "complex", "max_tokens": 128, "tools": "all"}),
}
"""By id: the step limit and the arguments of ``ImageEditEnv``, all plain JSON values."""

TEXT_ENTRY_POINT = "editenv.envs.text:ImageEditTextEnv"
TEXT_CONFIGURATIONS: dict[str, tuple[int, dict[str, Any]]] = {
    "ImageEditText-v0": (16, {"tasks": "ImageEdit-v0"}),
}
"""By id: the step limit and the arguments of ``ImageEditTextEnv``, all plain JSON values."""

DEVELOP_ENTRY_POINT = "editenv.envs.develop:ImageEditDevelopEnv"
DEVELOP_CONFIGURATIONS: dict[str, tuple[int, dict[str, Any]]] = {
    "ImageEdit-Develop-v0": (4, {"tasks": "develop"}),
}
"""By id: the step limit and the arguments of ``ImageEditDevelopEnv``, all plain JSON values. They
stand apart from ``CONFIGURATIONS``, whose ids have tools, regions and masks of actions."""


def register_envs() -> None:
    """Register every id that is not registered yet; calling it again changes nothing."""
    for name, (limit, kwargs) in CONFIGURATIONS.items():
        if name not in gymnasium.registry:
            gymnasium.register(  # pyright: ignore[reportUnknownMemberType]
                name,
                entry_point=ENTRY_POINT,
                vector_entry_point=VECTOR_ENTRY_POINT,
                max_episode_steps=limit,
                kwargs={**kwargs, "max_steps": limit},
            )
    for name, (limit, kwargs) in TEXT_CONFIGURATIONS.items():
        if name not in gymnasium.registry:
            gymnasium.register(  # pyright: ignore[reportUnknownMemberType]
                name, entry_point=TEXT_ENTRY_POINT, max_episode_steps=limit, kwargs=dict(kwargs)
            )
    for name, (limit, kwargs) in DEVELOP_CONFIGURATIONS.items():
        if name not in gymnasium.registry:
            gymnasium.register(  # pyright: ignore[reportUnknownMemberType]
                name,
                entry_point=DEVELOP_ENTRY_POINT,
                max_episode_steps=limit,
                kwargs={**kwargs, "max_steps": limit},
            )
