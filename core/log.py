"""Logging: events with fields, one line each. The call's id is bound by whoever handles a call."""

import logging
import sys
from contextlib import AbstractContextManager

import structlog

from core.errors import cause

AWAY = frozenset({"OSError", "ConnectionError", "OperationalError", "InterfaceError"})
"""Names of the errors of disks, networks, databases and Redis, which their libraries need not be loaded for."""


def configure(*, as_json: bool, level: str = "INFO") -> None:
    """Set up logging to standard error; once per process."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.StackInfoRenderer(),
            in_short,
            structlog.processors.format_exc_info if as_json else _keep,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)


def about_call(call: str) -> AbstractContextManager[None]:
    """Every log line inside carries this call's id."""
    return structlog.contextvars.bound_contextvars(call=call)


def in_short(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """What is away or full is no fault of our code: a trace each time would fill the log for as long as it lasts."""
    fault = sys.exc_info()[1] if event.get("exc_info") is True else None
    if fault is not None and not AWAY.isdisjoint(kind.__name__ for kind in type(fault).__mro__):
        del event["exc_info"]
        event["why"] = cause(fault)
    return event


def _keep(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return event
