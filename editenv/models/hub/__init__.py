"""Public data sets by name, through the `datasets` library, which is imported when first needed."""

from editenv.models.hub.arguments import hub_tasks, named_tasks, parse_name
from editenv.models.hub.data_set import Column, DataSet
from editenv.models.hub.errors import DataSetError, RowError
from editenv.models.hub.readers import Parts
from editenv.models.hub.registry import find_data_set
from editenv.models.hub.sources import Chain, HubTasks, StreamedTasks, continue_from

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
