"""A FastAPI app beside queue handlers, in one function."""
