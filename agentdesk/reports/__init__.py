"""Reports: what happened in a period, as tables, charts, files and e-mail; every count leads to its calls."""
