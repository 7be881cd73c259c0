"""Names of queues and of the site in the reader's language."""

from acd.queues import Queues


def title(names: dict[str, str], language: str) -> str:
    """The name in a language, or in the first there is."""
    return names.get(language) or next(iter(names.values()))


def titles_in(language: str, queues: Queues) -> dict[str, str]:
    """Queue → its name in a language."""
    return {name: title(queue.name, language) for name, queue in queues.queues.items()}
