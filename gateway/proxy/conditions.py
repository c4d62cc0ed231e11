"""Warnings as alerts: those that people are told of, with how soon a license's end wants somebody to look."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from gateway import warned
from gateway.alerts.kinds import KINDS, Alert, Severity
from gateway.policy.model import Policy
from gateway.warned import Warned

#: How long before its end a license comes to a stage, and how soon somebody should look from then on.
_STAGES: Final = (
    (timedelta(days=1), 2, Severity.CRITICAL),
    (timedelta(days=7), 1, Severity.WARNING),
    (timedelta.max, 0, Severity.INFO),
)


def alerts_of(warnings: Iterable[Warned], policy: Policy, now: datetime) -> Iterator[Alert]:
    """What people are told of among these warnings."""
    for one in warnings:
        if one.code not in KINDS:
            continue
        stage, severity = 0, None
        license = policy.license(one.about) if one.code == warned.LICENSE_ENDS.code else None
        if license is not None:
            stage, severity = stage_of(license.ends - now)
        yield Alert(one.code, one.sentence, one.about, stage, severity)


def stage_of(left: timedelta) -> tuple[int, Severity]:
    """The stage of a license that ends in so long, and how soon somebody should look."""
    return next((stage, severity) for most, stage, severity in _STAGES if left <= most)
