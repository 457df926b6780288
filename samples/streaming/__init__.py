"""Answers that arrive piece by piece, from a function that takes a queue's messages as well."""
