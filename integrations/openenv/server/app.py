"""The FastAPI app: ``uvicorn server.app:app`` in this folder's parent, or ``main``.

Environment variables: see ``server/settings.py``; ``EDITENV_SESSIONS`` is the most clients at a
time, 64 if left out.
"""

from __future__ import annotations

import argparse
import os

import uvicorn
from openenv.core.env_server.http_server import create_app

try:
    from ..models import EditAction, EditObservation, EditState
    from .edit_environment import EditEnvironment
except ImportError:  # started as server.app in this folder, as OpenEnv's images do
    from models import EditAction, EditObservation, EditState
    from server.edit_environment import EditEnvironment

app = create_app(
    EditEnvironment,
    EditAction,
    EditObservation,
    env_name="editenv_openenv",
    max_concurrent_envs=int(os.environ.get("EDITENV_SESSIONS", "64")),
    state_cls=EditState,
)


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description="Serve editenv over OpenEnv's protocol.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    uvicorn.run(app, host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    main()
