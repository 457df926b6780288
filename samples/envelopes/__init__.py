"""Events that arrive inside messages."""
