"""Layer 3: calls, agents' states, queues, routing, simulation."""
