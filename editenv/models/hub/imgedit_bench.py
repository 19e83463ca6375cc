"""ImgEdit-Bench, basic part: 737 requests in a JSON file by key, pictures in a folder beside it."""

from editenv.models.hub.data_set import DataSet, extra, needed

IMGEDIT_BENCH = DataSet(
    name="imgedit-bench",
    # The benchmark is an archive of files, not a table: it is read from a mirror only.
    hub_id="",
    splits={"test": "test"},
    columns={
        "source": needed("id"),
        "instruction": needed("prompt"),
        "task_type": extra("edit_type"),
        "id": extra("key"),
    },
    certainty="memory",
    checked="2026-11-24",
    evidence="memory of the README of PKU-YuanGroup/ImgEdit",
    licence="unknown: see the README",
)
