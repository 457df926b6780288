"""EventBridge's pattern language, as AWS documents it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from eventrouter._patterns import compile_pattern, words
from eventrouter.errors import RegistrationError


def matches(pattern: dict[str, Any], value: object) -> bool:
    return compile_pattern(pattern)(value)


@pytest.mark.parametrize(
    ("items", "value", "wanted"),
    [
        # exact values
        (["paid"], "paid", True),
        (["paid"], "Paid", False),
        (["paid", "shipped"], "shipped", True),
        ([""], "", True),
        ([""], None, False),
        ([5], 5, True),
        ([5], 5.0, True),
        ([5.0], 5, True),
        ([5], "5", False),
        ([1], True, False),
        ([True], 1, False),
        ([True], True, True),
        ([False], True, False),
        ([False], 0, False),
        ([None], None, True),
        ([None], "null", False),
        ([10**400], 10**400, True),
        # arrays in the value: any element, at any depth
        (["b"], ["a", "b"], True),
        (["c"], ["a", "b"], False),
        (["b"], [["a", ["b"]], []], True),
        (["b"], [], False),
        (["b"], [{"b": "b"}], False),
        # prefix, suffix
        ([{"prefix": "eu-"}], "eu-west-1", True),
        ([{"prefix": "eu-"}], "us-east-1", False),
        ([{"prefix": "5"}], 55, False),
        ([{"prefix": {"equals-ignore-case": "EU-"}}], "eu-west-1", True),
        ([{"prefix": {"equals-ignore-case": "EU-"}}], "us-east-1", False),
        ([{"prefix": {"equals-ignore-case": "EU-"}}], None, False),
        ([{"suffix": ".png"}], "cat.png", True),
        ([{"suffix": ".png"}], "cat.PNG", False),
        ([{"suffix": {"equals-ignore-case": ".png"}}], "cat.PNG", True),
        # equals-ignore-case
        ([{"equals-ignore-case": "paid"}], "PAID", True),
        ([{"equals-ignore-case": "paid"}], "unpaid", False),
        ([{"equals-ignore-case": "5"}], 5, False),
        # anything-but
        ([{"anything-but": "paid"}], "open", True),
        ([{"anything-but": "paid"}], "paid", False),
        ([{"anything-but": "paid"}], 5, True),
        ([{"anything-but": "paid"}], ["paid", "open"], True),
        ([{"anything-but": "paid"}], ["paid"], False),
        ([{"anything-but": 5}], 5.0, False),
        ([{"anything-but": 5}], 6, True),
        ([{"anything-but": None}], None, False),
        ([{"anything-but": ["a", "b"]}], "b", False),
        ([{"anything-but": ["a", "b"]}], "c", True),
        ([{"anything-but": [1, 2]}], 2, False),
        ([{"anything-but": {"prefix": "eu-"}}], "eu-west-1", False),
        ([{"anything-but": {"prefix": "eu-"}}], "us-east-1", True),
        ([{"anything-but": {"prefix": ["eu-", "us-"]}}], "us-east-1", False),
        ([{"anything-but": {"prefix": ["eu-", "us-"]}}], "ap-south-1", True),
        ([{"anything-but": {"suffix": ".png"}}], "cat.png", False),
        ([{"anything-but": {"suffix": [".png", ".jpg"]}}], "cat.gif", True),
        ([{"anything-but": {"equals-ignore-case": "paid"}}], "PAID", False),
        ([{"anything-but": {"equals-ignore-case": ["paid", "open"]}}], "Open", False),
        ([{"anything-but": {"wildcard": "*/lib/*"}}], "a/lib/b", False),
        ([{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}], "a/src/b", True),
        ([{"anything-but": ["x", {"prefix": "eu-"}]}], "eu-west-1", False),
        # numeric
        ([{"numeric": ["=", 3.018e2]}], 301.8, True),
        ([{"numeric": ["<", 10]}], 9.5, True),
        ([{"numeric": ["<", 10]}], 10, False),
        ([{"numeric": ["<=", 10]}], 10, True),
        ([{"numeric": [">", 0]}], 0, False),
        ([{"numeric": [">=", 0]}], 0, True),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 5.1, False),
        ([{"numeric": [">", 0, "<=", 5]}], 0, False),
        ([{"numeric": ["<=", 5, "<", 5, ">", 0, ">=", 0]}], 5, False),
        ([{"numeric": ["<=", 5, "<", 5, ">", 0, ">=", 0]}], 4, True),
        ([{"numeric": ["=", 1]}], True, False),
        ([{"numeric": ["=", 1]}], "1", False),
        ([{"numeric": [">", 0]}], float("nan"), False),
        ([{"numeric": [">", 0]}], 10**4000, True),
        # exists
        ([{"exists": True}], None, True),
        ([{"exists": True}], {"a": 1}, False),
        ([{"exists": True}], [], False),
        ([{"exists": True}], [1], True),
        ([{"exists": False}], 1, False),
        ([{"exists": False}], {"a": 1}, True),
        ([{"exists": False}, "x"], "x", True),
        ([{"exists": False}, "x"], "y", False),
        # wildcard
        ([{"wildcard": "orders-*-live"}], "orders-eu-live", True),
        ([{"wildcard": "orders-*-live"}], "orders-live", False),
        ([{"wildcard": "*"}], "", True),
        ([{"wildcard": "*/lib/*"}], "x/lib/", True),
        ([{"wildcard": "orders"}], "orders", True),
        ([{"wildcard": "orders"}], "orders-1", False),
        ([{"wildcard": "a\\*b*"}], "a*bc", True),
        ([{"wildcard": "a\\*b*"}], "axbc", False),
        ([{"wildcard": "a\\\\*"}], "a\\b", True),
        ([{"wildcard": "*1"}], 1, False),
        # addresses
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.200", True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.1.1", False),
        ([{"cidr": "10.0.0.0/24"}], "not an address", False),
        ([{"cidr": "10.0.0.0/24"}], 167772161, False),
        ([{"cidr": "2001:db8::/32"}], "2001:db8::1", True),
        ([{"cidr": "2001:db8::/32"}], "10.0.0.1", False),
        # several items: any
        (["x", {"prefix": "y"}, {"numeric": [">", 3]}], 4, True),
        (["x", {"prefix": "y"}, {"numeric": [">", 3]}], "z", False),
    ],
)
def test_a_leaf_matches(items: list[Any], value: object, wanted: bool) -> None:
    assert matches({"field": items}, {"field": value}) is wanted


@pytest.mark.parametrize(
    ("items", "wanted"),
    [
        ([{"exists": False}], True),
        ([{"exists": False}, "x"], True),
        ([{"exists": True}], False),
        ([None], False),
        ([{"anything-but": "x"}], False),
        ([{"wildcard": "*"}], False),
    ],
)
def test_a_field_that_is_absent(items: list[Any], wanted: bool) -> None:
    assert matches({"field": items}, {"other": 1}) is wanted
    assert matches({"outer": {"field": items}}, {}) is wanted
    assert matches({"outer": {"field": items}}, {"outer": "text"}) is wanted
    assert matches({"field": items}, "no object") is wanted


ORDER = {
    "state": "paid",
    "total": 99.5,
    "lines": [
        {"sku": "A1", "count": 1, "gift": True},
        [{"sku": "B2", "count": 3, "tags": ["fragile", "heavy"]}],
    ],
    "shipping": {"country": "CH", "address": {"zip": "8000"}},
}


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"state": ["paid"], "total": [{"numeric": [">", 50]}]}, True),
        ({"state": ["paid"], "total": [{"numeric": [">", 100]}]}, False),
        ({"shipping": {"address": {"zip": ["8000"]}}}, True),
        ({"shipping": {"country": ["CH"], "address": {"zip": ["9000"]}}}, False),
        ({"shipping": ["CH"]}, False),
        # a nested array of objects: all fields in one element
        ({"lines": {"sku": ["A1"]}}, True),
        ({"lines": {"sku": ["B2"], "count": [3]}}, True),
        ({"lines": {"sku": ["A1"], "count": [3]}}, False),
        ({"lines": {"tags": ["heavy"], "count": [{"numeric": [">=", 3]}]}}, True),
        # absence: in the element that has the rest, or in all of them
        ({"lines": {"sku": ["B2"], "gift": [{"exists": False}]}}, True),
        ({"lines": {"sku": ["A1"], "gift": [{"exists": False}]}}, False),
        ({"lines": {"gift": [{"exists": False}]}}, False),
        ({"lines": {"colour": [{"exists": False}]}}, True),
        # $or
        ({"$or": [{"state": ["open"]}, {"total": [{"numeric": ["<", 100]}]}]}, True),
        ({"$or": [{"state": ["open"]}, {"total": [{"numeric": ["<", 10]}]}]}, False),
        ({"state": ["open"], "$or": [{"state": ["paid"]}, {"total": [1]}]}, False),
        ({"lines": {"count": [3], "$or": [{"sku": ["A1"]}, {"sku": ["B2"]}]}}, True),
        ({"lines": {"count": [1], "$or": [{"sku": ["B2"]}, {"sku": ["C3"]}]}}, False),
        ({"$or": [{"state": ["open"]}, {"total": [99.5], "$or": [{"state": ["x"]}, {"state": ["paid"]}]}]}, True),
        ({"$or": [{"refund": [{"exists": False}]}, {"state": ["x"]}], "state": ["paid"]}, True),
    ],
)
def test_a_pattern_matches_an_object(pattern: dict[str, Any], wanted: bool) -> None:
    assert matches(pattern, ORDER) is wanted


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("paid", "a pattern is an object with at least one field"),
        ({}, "a pattern is an object with at least one field"),
        ({"detail": {}}, "detail: a pattern is an object with at least one field"),
        ({1: ["x"]}, "1: a field's name is a string"),
        ({"detail": "x"}, "detail: wants a list of values or operators, or a nested pattern, not a string"),
        ({"detail": None}, "detail: wants a list of values or operators, or a nested pattern, not null"),
        ({"detail": []}, "detail: an empty list matches nothing"),
        ({"detail": [["x"]]}, "detail: wants strings, numbers, true, false, null or an operator, not a list"),
        ({"detail": [b"x"]}, "detail: wants strings, numbers, true, false, null or an operator, not a bytes"),
        ({"detail": [float("nan")]}, "detail: wants strings, numbers, true, false, null or an operator, not a number"),
        ({"detail": [{}]}, "detail: an operator is an object with one key"),
        ({"detail": [{"prefix": "a", "suffix": "b"}]}, "detail: an operator is an object with one key"),
        (
            {"detail": [{"regex": ".*"}]},
            (
                "detail: there is no operator 'regex', but prefix, suffix, equals-ignore-case, wildcard, numeric, "
                "cidr, anything-but or exists"
            ),
        ),
        ({"a": {"b": [{"prefix": 5}]}}, "a.b: prefix wants a string, not a number"),
        ({"a": [{"prefix": {"suffix": "x"}}]}, "a: prefix wants a string, not an object"),
        ({"a": [{"suffix": True}]}, "a: suffix wants a string, not true or false"),
        ({"a": [{"prefix": {"equals-ignore-case": 1}}]}, "a: prefix equals-ignore-case wants a string, not a number"),
        ({"a": [{"equals-ignore-case": ["x"]}]}, "a: equals-ignore-case wants a string, not a list"),
        ({"a": [{"exists": "yes"}]}, "a: exists wants true or false"),
        ({"a": [{"wildcard": "a**b"}]}, "a: wildcard takes no two stars in a row"),
        ({"a": [{"wildcard": "a\\b"}]}, "a: in a wildcard a backslash stands before a star or a backslash"),
        ({"a": [{"wildcard": "a\\"}]}, "a: in a wildcard a backslash stands before a star or a backslash"),
        ({"detail": {"price": [{"numeric": [">"]}]}}, "detail.price: numeric wants pairs of an operator and a number"),
        ({"a": [{"numeric": []}]}, "a: numeric wants pairs of an operator and a number"),
        ({"a": [{"numeric": 5}]}, "a: numeric wants pairs of an operator and a number"),
        ({"a": [{"numeric": ["=", True]}]}, "a: numeric wants pairs of an operator and a number"),
        ({"a": [{"numeric": ["!=", 1]}]}, "a: numeric knows =, <, <=, > and >=, not '!='"),
        ({"a": [{"numeric": ["<", 1, ">", 5]}]}, "a: no number is in that numeric range"),
        ({"a": [{"numeric": ["<", 1, ">=", 1]}]}, "a: no number is in that numeric range"),
        ({"a": [{"cidr": "10.0.0.0/99"}]}, "a: cidr wants a block of addresses such as 10.0.0.0/24"),
        ({"a": [{"cidr": 10}]}, "a: cidr wants a string, not a number"),
        ({"a": [{"anything-but": []}]}, "a: anything-but wants a value or a list of values"),
        ({"a": [{"anything-but": {"prefix": []}}]}, "a: prefix wants a value or a list of values"),
        (
            {"a": [{"anything-but": {"numeric": ["=", 1]}}]},
            "a: anything-but goes with prefix, suffix, equals-ignore-case or wildcard, not with numeric",
        ),
        ({"$or": [{"a": [1]}]}, "$or: $or wants a list of two or more patterns"),
        ({"x": {"$or": {"a": [1]}}}, "x.$or: $or wants a list of two or more patterns"),
        (
            {"$or": [{"a": [1]}, {"a": 1}]},
            "$or[1].a: wants a list of values or operators, or a nested pattern, not a number",
        ),
    ],
)
def test_a_malformed_pattern_is_refused_in_words(pattern: Any, message: str) -> None:
    with pytest.raises(RegistrationError) as caught:
        compile_pattern(pattern)

    assert str(caught.value) == message


def test_equal_patterns_have_equal_words() -> None:
    one = {"b": ["y", "x"], "a": {"n": [{"numeric": [">", 0.0, "<", 5]}]}, "$or": [{"c": [1.0]}, {"d": [True]}]}
    other = {"$or": ({"d": [True]}, {"c": [1]}), "a": {"n": [{"numeric": [">", 0, "<", 5]}]}, "b": ["x", "y"]}

    assert words(one) == words(other)
    assert words(one) == '{"$or":[{"c":[1]},{"d":[true]}],"a":{"n":[{"numeric":[">",0,"<",5]}]},"b":["x","y"]}'


def test_different_patterns_have_different_words() -> None:
    texts = [
        words(p) for p in ({"a": [1]}, {"a": [True]}, {"a": ["1"]}, {"a": [1.5]}, {"a": [None]}, {"a": {"b": [1]}})
    ]

    assert len(set(texts)) == len(texts)


def test_a_deeply_nested_value_is_read_without_recursion() -> None:
    value: Any = "leaf"
    for _ in range(100_000):
        value = [value]
    event = {"a": value}

    assert matches({"a": ["leaf"]}, event)
    assert not matches({"a": {"b": ["leaf"]}}, event)

    # Taken apart by hand: the interpreter frees nested lists recursively.
    while isinstance(value, list):
        value = value.pop()


def test_a_hostile_text_costs_no_more_than_its_length() -> None:
    pattern = compile_pattern({"a": [{"wildcard": "*a" * 30 + "*b"}]})

    assert not pattern({"a": "a" * 200_000})


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=12,
)
items = st.one_of(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    st.sampled_from(["prefix", "suffix", "equals-ignore-case"]).flatmap(
        lambda operator: st.text(max_size=3).map(lambda text: {operator: text})
    ),
    st.booleans().map(lambda present: {"exists": present}),
    st.sampled_from(["*", "a*", "*b*"]).map(lambda text: {"wildcard": text}),
    st.integers().map(lambda bound: {"numeric": [">=", bound]}),
    st.just({"cidr": "10.0.0.0/8"}),
    (st.integers() | st.lists(st.text(max_size=3), min_size=1, max_size=3)).map(
        lambda wanted: {"anything-but": wanted}
    ),
)
leaves = st.lists(items, min_size=1, max_size=3)
patterns = st.recursive(
    st.dictionaries(st.sampled_from("abc"), leaves, min_size=1, max_size=2),
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner | leaves, min_size=1, max_size=2)
        | st.lists(inner, min_size=2, max_size=3).map(lambda alternatives: {"$or": alternatives})
    ),
    max_leaves=6,
)


@given(patterns, values)
def test_matching_never_raises_and_gives_a_bool(pattern: dict[str, Any], value: object) -> None:
    assert matches(pattern, value) in (True, False)


@given(patterns)
def test_words_are_json_of_a_pattern_that_says_the_same(pattern: dict[str, Any]) -> None:
    again = json.loads(words(pattern))

    assert words(again) == words(pattern)
    compile_pattern(again)


@given(patterns, patterns, values)
def test_or_is_the_one_or_the_other(one: dict[str, Any], other: dict[str, Any], value: object) -> None:
    assert matches({"$or": [one, other]}, {"a": value}) is (matches(one, {"a": value}) or matches(other, {"a": value}))


@given(scalars, scalars)
def test_anything_but_a_value_is_the_opposite_of_the_value(wanted: object, value: object) -> None:
    assert matches({"a": [wanted]}, {"a": value}) is not matches({"a": [{"anything-but": wanted}]}, {"a": value})


@given(leaves, scalars)
def test_a_list_of_one_is_its_element(leaf: list[Any], value: object) -> None:
    assert matches({"a": leaf}, {"a": [value]}) is matches({"a": leaf}, {"a": value})
