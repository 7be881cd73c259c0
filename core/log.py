"""Logging: events with fields, one line each. The call's id is bound by whoever handles a call."""

import json
import logging
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import structlog

from core.errors import cause

AWAY = frozenset({"OSError", "ConnectionError", "OperationalError", "InterfaceError"})
"""Names of the errors of disks, networks, databases and Redis, which their libraries need not be loaded for."""


def configure(*, as_json: bool, level: str = "INFO") -> None:
    """Set up logging to standard error; once per process. In JSON times are UTC, for programs."""
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
            structlog.processors.TimeStamper(fmt="iso", utc=as_json),
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
    for handler in logging.getLogger().handlers:
        if as_json and isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
            handler.setFormatter(_Json())


def say(text: str, level: str = "info") -> None:
    """A line for whoever started this process, on standard error however little is logged; JSON where the log is."""
    in_json = isinstance(structlog.get_config()["processors"][-1], structlog.processors.JSONRenderer)
    sys.stderr.write(f"{_document(text, level, datetime.now(UTC)) if in_json else text}\n")
    sys.stderr.flush()


class _Json(logging.Formatter):
    """What libraries log by themselves."""

    def format(self, record: logging.LogRecord) -> str:
        return _document(super().format(record), record.levelname.lower(), datetime.fromtimestamp(record.created, UTC))


def _document(text: str, level: str, at: datetime) -> str:
    told = {"event": text, "level": level, "timestamp": at.isoformat().replace("+00:00", "Z")}
    return json.dumps(told, ensure_ascii=False)


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
