"""How many of the things that instructions name are found: ``editenv.models.grounders.mentions``.

Run ``python scripts/mention_figures.py``. Of the first tasks of every id: the share of sub-edits'
subjects, where the instruction names them, that are found, with the package's objects as known
names and without; and how many names a detector would look for.
"""

from __future__ import annotations

from editenv_policies.arguments import Parser, at_least, run_main

from editenv.envs.image_edit import ImageEditEnv
from editenv.material.plurals import plural_of
from editenv.models.grounders.mentions import find_mentions
from editenv.registration import CONFIGURATIONS
from editenv.types import BACKGROUND, WHOLE_IMAGE, EditTask


def subjects_of(task: EditTask) -> list[str]:
    """The things that the instruction names."""
    subjects = (edit.subject for edit in task.sub_edits)
    text = task.instruction.casefold()
    return [name for name in subjects if name not in (WHOLE_IMAGE, BACKGROUND) and name in text]


def is_found(subject: str, names: set[str]) -> bool:
    """Whether one or several of a thing are among the names."""
    return subject in names or plural_of(subject) in names


def main() -> None:
    """Print a row for each id and split."""
    parser = Parser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=at_least(1), default=300, help="tasks an id and split")
    count = parser.parse_args().count
    print("| id | split | named | found | without known names | names a picture |")
    print("|---|---|---|---|---|---|")
    for env_id, (_, arguments) in CONFIGURATIONS.items():
        for split in ("train", "test"):
            env = ImageEditEnv(**{**arguments, "split": split, "image_size": 64})
            named = found = unaided = looked_for = 0
            for number in range(count):
                env.reset(options={"task": number})
                subjects, text = subjects_of(env.task), env.task.instruction
                names = {mention.name for mention in find_mentions(text)}
                alone = {mention.name for mention in find_mentions(text, known=())}
                named += len(subjects)
                found += sum(is_found(subject, names) for subject in subjects)
                unaided += sum(is_found(subject, alone) for subject in subjects)
                looked_for += len(names)
            row = f"{named} | {found} | {unaided} | {looked_for / count:.1f}"
            print(f"| `{env_id}` | {split} | {row} |", flush=True)


if __name__ == "__main__":
    run_main(main)
