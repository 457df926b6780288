"""Typed models of events and records, one file per source, named as the source.

They stand apart from ``eventrouter.sources`` because they import pydantic and Powertools: a function whose handlers ask
only for payloads never loads them. Where Powertools has a model that accepts real events, ours is a subclass of it.
"""
