"""How many values the statements of a database carry: SQLite refuses one with more than 32,766."""

from sqlalchemy import event

from core.database import Database


def values_of_statements(db: Database) -> list[int]:
    """Grows with every statement of one row from now on."""
    counts: list[int] = []

    @event.listens_for(db.engine.sync_engine, "before_cursor_execute")
    def count(_connection: object, _cursor: object, _text: str, values: tuple[object, ...], *rest: object) -> None:
        counts.extend([] if rest[-1] else [len(values)])

    return counts
