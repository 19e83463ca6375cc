"""Put the coordinator or the team of a finished run into the package, with a model card.

    python scripts/publish.py runs/coordinator

``editenv_policies.load("ImageEdit-v0")`` or ``editenv_policies.team.load_team`` then loads it.
"""

from __future__ import annotations

from pathlib import Path

from editenv_policies.arguments import Parser, existing, run_main
from editenv_policies.recipe.publish import publish
from editenv_policies.trained import FOLDER


def main() -> None:
    """Publish."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "run", type=existing, help="what examples/train_coordinator.py or train_team.py wrote to"
    )
    parser.add_argument("--to", type=Path, default=FOLDER, help="default: the package's folder")
    arguments = parser.parse_args()
    print(publish(arguments.run, arguments.to))


if __name__ == "__main__":
    run_main(main)
