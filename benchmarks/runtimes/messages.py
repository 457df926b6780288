"""A queue of orders, every body validated."""

from __future__ import annotations

from benchmarks.contenders import eventrouter_sqs

app = eventrouter_sqs()
