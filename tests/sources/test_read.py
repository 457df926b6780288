"""Decorators to paste: text that is Python whatever a record's names hold."""

from __future__ import annotations

from ast import literal_eval

import pytest
from hypothesis import given, strategies as st

from eventrouter.sources._read import literal, pasted


@given(st.text())
def test_a_literal_is_the_text_it_was_made_of(text: str) -> None:
    shown = literal(text)

    assert literal_eval(shown) == text
    assert shown.startswith('"') and shown.endswith('"')
    assert shown.isascii() and "\n" not in shown


@pytest.mark.parametrize(
    ("offered", "text"),
    [
        (
            {"type": "Query", "field": "order", "api": "shop"},
            '@app.appsync("Query", "order", api="shop", complete=False)',
        ),
        ({"type": "Query", "field": ""}, '@app.appsync("Query", complete=False)'),
        ({"field": "order", "api": "shop"}, '@app.appsync(api="shop", complete=False)'),
        ({}, "@app.appsync(complete=False)"),
        ({"type": 'a"b\\'}, '@app.appsync("a\\"b\\\\", complete=False)'),
    ],
    ids=["all", "an empty name", "one before it is missing", "nothing", "a quote"],
)
def test_a_decorator_names_what_the_record_offers(offered: dict[str, str], text: str) -> None:
    paste = pasted("appsync", "type", "field", api="api", tail="complete=False")

    assert paste(offered) == text


def test_a_decorator_without_arguments_is_called_all_the_same() -> None:
    assert pasted("sqs", "queue")({}) == "@app.sqs()"
