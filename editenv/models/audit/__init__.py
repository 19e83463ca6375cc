"""Reward audit: does a reward or a judge order results as everybody would?

``audit`` builds results whose right order is known from tasks with ground truth, has them scored,
and counts where the scores contradict the order. ``docs/audit.md`` tells how to read it.
"""

from editenv.models.audit.orders import ORDERS, OUTCOME_ORDERS, Order
from editenv.models.audit.probes import NAMES, Probe
from editenv.models.audit.report import Check, Pair, Report
from editenv.models.audit.run import audit
from editenv.models.audit.write import as_markdown, write_reports

__all__ = [
    "NAMES",
    "ORDERS",
    "OUTCOME_ORDERS",
    "Check",
    "Order",
    "Pair",
    "Probe",
    "Report",
    "as_markdown",
    "audit",
    "write_reports",
]
