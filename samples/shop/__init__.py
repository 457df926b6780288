"""A small shop: one function, every trigger."""
