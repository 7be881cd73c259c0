"""The rows of the demonstration as a table on the terminal."""

from rich.console import Console
from rich.table import Table

from app.demo.report import Row


def print_table(rows: list[Row], console: Console) -> None:
    table = Table(title="Demonstration", show_lines=True)
    for heading in ("caller", "path through the menu", "waited", "agent", "talked", "score", "why", ""):
        right = heading in ("waited", "talked", "score")
        table.add_column(heading, justify="right" if right else "left", overflow="fold")
    for row in rows:
        found = row.found
        table.add_row(
            f"{row.story.number}\n{row.story.title['en']}",
            f"{found.keys}: {' > '.join(found.path)}" if found else "",
            f"{found.waited:.0f} s" if found and found.queued_at else "",
            row.agents,
            f"{found.talked:.0f} s" if found and found.talked else "",
            f"{found.score.value:g}" if found and found.score else "",
            row.why,
            "[green]ok[/]" if row.passed else "[red]FAILED[/]",
        )
    console.print(table)
