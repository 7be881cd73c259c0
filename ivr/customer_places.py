"""What the customer table can answer a lookup. Pure."""

PLACES = (
    "name", "tier", "language", "birth_year", "manager", "account.last_four", "account.balance",
    "account.transactions.0.date", "account.transactions.0.amount",
)  # fmt: skip
"""Where the answer about a customer holds something; 0 stands for any of the transactions."""


def known_place(path: str) -> bool:
    return ".".join("0" if part.isdigit() else part for part in path.split(".")) in PLACES
