"""Public data sets by name, through the `datasets` library, which is imported when first needed."""

from editenv.tasks.hub.arguments import hub_tasks, parse_name
from editenv.tasks.hub.chains import Chain, continue_from
from editenv.tasks.hub.data_set import Column, DataSet, Parts
from editenv.tasks.hub.errors import DataSetError, RowError
from editenv.tasks.hub.finite import HubTasks
from editenv.tasks.hub.registry import DATA_SETS
from editenv.tasks.hub.stream import StreamedTasks

__all__ = [
    "DATA_SETS",
    "Chain",
    "Column",
    "DataSet",
    "DataSetError",
    "HubTasks",
    "Parts",
    "RowError",
    "StreamedTasks",
    "continue_from",
    "hub_tasks",
    "parse_name",
]
