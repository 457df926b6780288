"""JSON Schemas of many annotations at once, which share their definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, WithJsonSchema, computed_field

from eventrouter._schemas import NoJsonSchemaError, json_schemas
from eventrouter._validators import NoSchemaError


class Line(BaseModel):
    name: str


class Order(BaseModel):
    lines: list[Line]


class Total(BaseModel):
    net: int

    @computed_field
    def gross(self) -> int:
        return self.net * 2


def other_line() -> type[BaseModel]:
    class Line(BaseModel):
        number: int

    return Line


def test_a_model_is_a_reference_under_the_template() -> None:
    schemas, definitions = json_schemas([(Order, "validation")], ref_template="#/components/schemas/{model}")

    assert schemas == [{"$ref": "#/components/schemas/Order"}]
    assert definitions["Order"]["properties"]["lines"]["items"] == {"$ref": "#/components/schemas/Line"}
    assert definitions["Line"]["properties"] == {"name": {"title": "Name", "type": "string"}}


def test_a_model_that_is_met_often_has_one_definition() -> None:
    wanted: list[Any] = [(Order, "validation"), (list[Line], "validation"), (Order, "validation")]

    schemas, definitions = json_schemas(wanted, ref_template="#/{model}")

    assert set(definitions) == {"Order", "Line"}
    assert schemas == [{"$ref": "#/Order"}, {"type": "array", "items": {"$ref": "#/Line"}}, {"$ref": "#/Order"}]


def test_nothing_has_no_definitions() -> None:
    assert json_schemas([], ref_template="#/{model}") == ([], {})


def test_a_model_that_is_taken_and_given_differently_has_two_names() -> None:
    schemas, definitions = json_schemas([(Total, "validation"), (Total, "serialization")], ref_template="#/{model}")

    assert schemas == [{"$ref": "#/Total-Input"}, {"$ref": "#/Total-Output"}]
    assert set(definitions["Total-Output"]["properties"]) == {"net", "gross"}


def test_a_model_that_is_taken_and_given_alike_has_one_name() -> None:
    schemas, definitions = json_schemas([(Line, "validation"), (Line, "serialization")], ref_template="#/{model}")

    assert set(definitions) == {"Line"}
    assert schemas == [{"$ref": "#/Line"}, {"$ref": "#/Line"}]


def test_two_classes_of_one_name_have_two_definitions() -> None:
    (first, second), definitions = json_schemas(
        [(Line, "validation"), (other_line(), "validation")], ref_template="#/{model}"
    )

    assert len(definitions) == 2
    assert "name" in definitions[first["$ref"][2:]]["properties"]
    assert "number" in definitions[second["$ref"][2:]]["properties"]


def test_what_pydantic_cannot_describe_says_which_it_is_and_what_to_write() -> None:
    with pytest.raises(NoJsonSchemaError, match=r"CallableSchema.*WithJsonSchema") as caught:
        json_schemas([(int, "validation"), (Callable[[], None], "validation")], ref_template="#/{model}")

    assert caught.value.index == 1


def test_what_has_a_schema_of_its_own_is_described_by_it() -> None:
    described = Annotated[Callable[[], None], WithJsonSchema({"type": "string"})]

    assert json_schemas([(described, "validation")], ref_template="#/{model}") == ([{"type": "string"}], {})


def test_what_pydantic_cannot_validate_is_refused() -> None:
    class Thing: ...

    with pytest.raises(NoSchemaError, match="Thing"):
        json_schemas([(Thing, "validation")], ref_template="#/{model}")


def test_a_default_that_is_no_json_value_is_left_out() -> None:
    class Settings(BaseModel):
        limit: Any = Field(default=object())

    _, definitions = json_schemas([(Settings, "validation")], ref_template="#/{model}")

    assert definitions["Settings"]["properties"]["limit"] == {"title": "Limit"}
