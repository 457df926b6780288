"""Functions to read, run and copy from; each has a test."""
