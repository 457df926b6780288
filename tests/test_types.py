"""The one name of ``types`` that exists at run time."""

from __future__ import annotations

from typing import get_args

import pytest

from eventrouter import types


def test_the_triggers_that_can_stream_are_a_literal() -> None:
    assert get_args(types.StreamTrigger) == types.STREAM_TRIGGERS
    assert types.StreamTrigger is types.StreamTrigger


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="JsonSchema"):
        _ = types.JsonSchema
