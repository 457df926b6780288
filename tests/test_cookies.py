"""Cookies of an answer: what a browser reads is what was set, and nothing breaks out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from hypothesis import given, strategies as st

from eventrouter import App, ReplyError, Response
from tests.deliveries import Run, request


def cookie(*arguments: Any, **options: Any) -> str:
    response = Response()
    response.set_cookie(*arguments, **options)
    (found,) = response.cookies
    return found


def test_a_cookie_is_written_as_starlette_writes_it() -> None:
    assert cookie("sid", "s-1") == "sid=s-1; Path=/; SameSite=lax"


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"max_age": 60}, "Max-Age=60; Path=/; SameSite=lax"),
        ({"expires": "Wed, 21 Oct 2026 07:28:00 GMT"}, "Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/; SameSite=lax"),
        ({"expires": 0}, "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; SameSite=lax"),
        (
            {"expires": datetime(2026, 10, 21, 9, 28, tzinfo=timezone(timedelta(hours=2)))},
            "Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/; SameSite=lax",
        ),
        ({"path": "/shop", "domain": "example.com"}, "Path=/shop; Domain=example.com; SameSite=lax"),
        ({"path": None, "samesite": None}, ""),
        (
            {"secure": True, "httponly": True, "samesite": "none", "partitioned": True},
            "Path=/; Secure; HttpOnly; SameSite=none; Partitioned",
        ),
    ],
)
def test_attributes_follow_the_value(options: dict[str, Any], written: str) -> None:
    assert cookie("sid", "s", **options) == "; ".join(filter(None, ["sid=s", written]))


def test_an_expiry_in_seconds_counts_from_now() -> None:
    written = cookie("sid", "s", expires=3600)

    expiry = parsedate_to_datetime(written.partition("Expires=")[2].partition(";")[0])
    assert timedelta(minutes=59) < expiry - datetime.now(UTC) < timedelta(minutes=61)


@pytest.mark.parametrize("name", ["version", "path", "Domain", "comment", "__Host-sid", "a.b"])
def test_any_token_is_a_name(name: str) -> None:
    assert cookie(name, "1", path=None, samesite=None) == f"{name}=1"


@given(st.text(st.characters(codec="latin-1")))
def test_a_value_is_one_line_and_reads_back_as_it_was(value: str) -> None:
    written = cookie("sid", value, path=None, samesite=None)

    assert written.isprintable() or not value.isprintable()
    assert not any(character in written for character in "\r\n\0")
    assert SimpleCookie(written)["sid"].value == value


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("", {}, "'' is no name for a cookie"),
        ("a b", {}, "'a b' is no name for a cookie"),
        ("a\r\nset-cookie: b", {}, "is no name for a cookie"),
        ("sid", {"path": "/; HttpOnly"}, "the path of a cookie holds a character that would end it"),
        ("sid", {"domain": "a\r\nb"}, "the domain of a cookie holds a character that would end it"),
        ("sid", {"expires": "never; Secure"}, "the expiry of a cookie holds a character that would end it"),
        ("sid", {"samesite": "Lax"}, "samesite of a cookie is 'lax', 'strict' or 'none', not 'Lax'"),
    ],
)
def test_what_would_break_out_of_its_place_is_refused(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ReplyError, match=words):
        cookie(name, "s", **options)


def test_a_refusal_does_not_tell_the_value() -> None:
    with pytest.raises(ReplyError) as caught:
        cookie("sid ", "secret", path="/secret;")

    assert "secret" not in str(caught.value)


def test_a_deleted_cookie_has_expired() -> None:
    response = Response()

    response.delete_cookie("sid", path="/shop", secure=True)

    assert response.cookies == [
        'sid=""; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/shop; Secure; SameSite=lax'
    ]


def test_cookies_reach_the_caller_one_by_one(run: Run) -> None:
    app = App()

    @app.get("/")
    def home() -> Response:
        response = Response("home")
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    assert run(app, request())["cookies"] == ["a=1; Path=/; SameSite=lax", "b=2; Path=/; SameSite=lax"]
