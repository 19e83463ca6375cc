"""PSR: the 328 requests on which ImageEdit-R1 reports."""

from editenv.models.hub.data_set import DataSet, extra, needed
from editenv.models.hub.realedit import read_realedit

PSR = DataSet(
    name="psr",
    hub_id="",
    splits={"test": "test"},
    columns={
        "source": needed("input_image"),
        "instruction": needed("instruction"),
        "target": extra("output_images", "output_image"),
        "id": extra("id"),
    },
    certainty="unverified",
    checked="2026-11-24",
    evidence="the paper's name and count; place on the hub and columns are not known",
    licence="unknown",
    read=read_realedit,
)
