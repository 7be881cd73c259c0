"""Layer 2: what is promised to customers: tickets, their steps and deadlines."""
