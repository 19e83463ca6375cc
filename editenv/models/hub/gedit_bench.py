"""GEdit-Bench: what users really asked for, in English and Chinese, no finished pictures."""

from editenv.models.hub.data_set import DataSet, extra, needed

GEDIT_BENCH = DataSet(
    name="gedit-bench",
    hub_id="stepfun-ai/GEdit-Bench",
    # Its only split is called train, but it is a benchmark.
    splits={"test": "train"},
    columns={
        "source": needed("input_image_raw", "input_image"),
        "instruction": needed("instruction"),
        "language": needed("instruction_language"),
        "task_type": needed("task_type"),
        "id": extra("key"),
        "intersection": extra("Intersection_exist"),
    },
    certainty="loaders' code",
    checked="2026-11-24",
    evidence="evaluation scripts that read it",
    licence="unknown: see the card",
    where={"language": "en"},
)
