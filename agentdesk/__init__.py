"""Layer 5: what people see. Read models and pages, no rules of its own."""
