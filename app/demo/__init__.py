"""The demonstration: a cast of agents and callers with stories, played on a real centre and checked."""
