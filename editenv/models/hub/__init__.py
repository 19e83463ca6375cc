"""Public data sets by name, through the `datasets` library, which is imported when first needed."""

from editenv.models.hub.arguments import hub_tasks, named_tasks, parse_name
from editenv.models.hub.chains import Chain, continue_from
from editenv.models.hub.data_set import Column, DataSet, Parts
from editenv.models.hub.errors import DataSetError, RowError
from editenv.models.hub.finite import HubTasks
from editenv.models.hub.registry import find_data_set
from editenv.models.hub.stream import StreamedTasks

__all__ = [
    "Chain",
    "Column",
    "DataSet",
    "DataSetError",
    "HubTasks",
    "Parts",
    "RowError",
    "StreamedTasks",
    "continue_from",
    "find_data_set",
    "hub_tasks",
    "named_tasks",
    "parse_name",
]
