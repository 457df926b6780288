"""Folders of files under a prefix: what is served, and what never is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from hypothesis import given, strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles as Peer

from eventrouter import App, RegistrationError
from eventrouter.testing import TestClient

TRIGGERS = ["function_url", "apigw_http", "apigw_rest", "alb", "vpc_lattice_v1", "vpc_lattice_v2"]
SECRET = "never served"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside which, and in whose hidden places, there are secrets."""
    around = tmp_path_factory.mktemp("around")
    (around / "secret.txt").write_text(SECRET)
    (around / "site-secret").mkdir()
    (around / "site-secret" / "secret.txt").write_text(SECRET)
    root = around / "site"
    for name, content in {
        "index.html": "home",
        "404.html": "lost",
        "a b ä.txt": "spaces",
        "docs/index.html": "docs",
        "docs/page.html": "page",
        "empty/file.txt": "file",
        "folder.html/x": "x",
        ".env": SECRET,
        ".git/config": SECRET,
        "docs/.hidden": SECRET,
        "odd/index.html/x": "x",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (root / "leaves.txt").symlink_to(around / "secret.txt")
    (root / "leaving").symlink_to(around)
    (root / "beside").symlink_to(around / "site-secret")
    (root / "stays.txt").symlink_to(root / "docs" / "page.html")
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe")
    return root


def serving(site: Path, prefix: str = "/static", **options: Any) -> TestClient:
    app = App()
    app.static(prefix, site, **options)
    return TestClient(app, raise_exceptions=False)


# ---- what is served


@pytest.mark.parametrize("as_", TRIGGERS)
@pytest.mark.parametrize("prefix", ["/static", "/", "/deep/er"])
def test_a_file_is_served_under_its_path(site: Path, prefix: str, as_: Any) -> None:
    client = serving(site, prefix)

    result = client.get(prefix.rstrip("/") + quote("/a b ä.txt"), as_=as_)

    assert (result.status_code, result.text) == (200, "spaces")
    assert result.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_link_that_stays_in_the_folder_is_followed(site: Path) -> None:
    assert serving(site).get("/static/stays.txt").text == "page"


def test_conditions_and_ranges_are_answered(site: Path) -> None:
    client = serving(site)
    tag = client.get("/static/docs/page.html").headers["etag"]

    unchanged = client.get("/static/docs/page.html", headers={"if-none-match": tag})
    part = client.get("/static/docs/page.html", headers={"range": "bytes=1-2"})

    assert unchanged.status_code == 304
    assert (part.status_code, part.text) == (206, "ag")


def test_head_is_told_the_length(site: Path) -> None:
    result = serving(site).head("/static/docs/page.html")

    assert (result.status_code, result.headers["content-length"], result.content) == (200, "4", b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_which_there_are(site: Path, method: str) -> None:
    result = serving(site).request(method, "/static/docs/page.html")

    assert (result.status_code, result.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert result.json() == {"detail": "Method Not Allowed", "code": "method_not_allowed"}


def test_options_are_answered(site: Path) -> None:
    result = serving(site).options("/static/docs/page.html")

    assert (result.status_code, result.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_own_routes_come_first(site: Path) -> None:
    app = App()
    app.static("/", site)
    app.get("/docs/page.html")(lambda: "own")

    assert TestClient(app).get("/docs/page.html").text == "own"


def test_a_folder_may_be_for_one_host(site: Path) -> None:
    client = serving(site, "/", host="static.example.com")

    answers = [client.get("/docs/page.html", headers={"host": f"{name}.example.com"}) for name in ("static", "api")]

    assert [result.status_code for result in answers] == [200, 404]


def test_headers_and_cache_control_are_those_of_files(site: Path) -> None:
    client = serving(site, html=True, headers={"X-A": "1"}, cache_control="public, max-age=60")

    found, lost = client.get("/static/docs/page.html"), client.get("/static/none")

    assert (found.headers["x-a"], found.headers["cache-control"]) == ("1", "public, max-age=60")
    assert (lost.headers["x-a"], "cache-control" in lost.headers) == ("1", False)


def test_a_file_is_streamed_where_the_trigger_streams(site: Path) -> None:
    app = App(response_stream={"function_url"})
    app.static("/static", site)

    result = TestClient(app).get("/static/docs/page.html")

    assert result.is_streamed
    assert result.text == "page"


# ---- sites


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/static/", 200, "home"),
        ("/static/docs/", 200, "docs"),
        ("/static/docs/index.html", 200, "docs"),
        ("/static/empty/", 404, "lost"),
        ("/static/empty", 404, "lost"),
        ("/static/odd/", 404, "lost"),
        ("/static/docs/page.html/", 404, "lost"),
        ("/static/none", 404, "lost"),
        ("/static/docs//page.html", 404, "lost"),
    ],
)
def test_an_index_stands_for_its_folder(site: Path, path: str, status: int, text: str) -> None:
    result = serving(site, html=True).get(path)

    assert (result.status_code, result.text) == (status, text)


@pytest.mark.parametrize("path", ["/static", "/static/", "/static/docs", "/static/docs/", "/static/none"])
def test_a_folder_that_is_no_site_has_no_index(site: Path, path: str) -> None:
    result = serving(site).get(path)

    assert (result.status_code, result.json()) == (404, {"detail": "Not Found", "code": "not_found"})


def test_a_site_without_a_page_for_it_has_an_ordinary_404(tmp_path: Path) -> None:
    assert serving(tmp_path, html=True).get("/static/").json()["code"] == "not_found"


@pytest.mark.parametrize("as_", TRIGGERS)
@pytest.mark.parametrize(("path", "ends"), [("/static", "/static/"), ("/static/docs", "/static/docs/")])
def test_a_folder_is_redirected_to_its_path_with_a_slash(site: Path, path: str, ends: str, as_: Any) -> None:
    result = serving(site, html=True).get(path, as_=as_)

    assert result.status_code == 307
    assert urljoin(f"https://example.com/stage{path}", result.headers["location"]) == f"https://example.com/stage{ends}"


def test_a_redirect_keeps_the_query(site: Path) -> None:
    assert serving(site, html=True).get("/static/docs", params={"q": "a b"}).headers["location"] == "docs/?q=a+b"


@pytest.mark.parametrize(
    "path", ["//evil.test", "//evil.test/", "///evil.test/..", "/%2Fevil.test", "/\\evil.test/", "/docs//"]
)
def test_no_path_redirects_to_another_host(site: Path, path: str) -> None:
    result = serving(site, "/", html=True).get(path)

    assert result.status_code == 404


def test_a_folder_s_name_is_encoded_in_its_redirect(tmp_path: Path) -> None:
    (tmp_path / "a?b ü").mkdir()
    (tmp_path / "a?b ü" / "index.html").write_text("x")

    result = serving(tmp_path, html=True).get("/static/a%3Fb%20%C3%BC")

    assert result.headers["location"] == "a%3Fb%20%C3%BC/"


# ---- what never is


HOSTILE = [
    "..", "../secret.txt", "../site-secret/secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt",
    "%252e%252e%252fsecret.txt", "docs/../../secret.txt", "docs/..%5c..%5csecret.txt", "..\\secret.txt", "./index.html",
    "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "C:/secret.txt", "C:%5Csecret.txt", "index.html:stream", "file:///etc/passwd",
    "index.html%00", "index.html%00.txt", "%00", "index.html%0d%0ax", "leaves.txt", "leaving/secret.txt", "leaving",
    "beside/secret.txt", "loop", "pipe", ".env", ".git/config", "docs/.hidden", "%2eenv", "folder.html", "a" * 5000, "%ff%fe",
    "~root/secret.txt", "empty", "docs/page.html/x",
]  # fmt: skip


@pytest.mark.parametrize("as_", TRIGGERS)
@pytest.mark.parametrize("path", HOSTILE)
def test_no_path_leads_out_of_the_folder(site: Path, path: str, as_: Any) -> None:
    result = serving(site).get(f"/static/{path}", as_=as_)

    assert result.status_code == 404
    assert SECRET not in result.text


@given(
    st.lists(
        st.one_of(
            st.sampled_from([
                "..", ".", "", "%2e%2e", "%2E.", "..%2f", "%5c..", "\\", "leaving", "site", "secret.txt", "site-secret", "docs",
                "%00", "C:", "%c0%ae%c0%ae", "beside", ".env", "etc", "passwd", "..;", "\u2025", "\uff0e\uff0e", "%u002e",
            ]),
            st.text(st.characters(codec="utf-8", exclude_characters="?#"), max_size=4),
        ),
        max_size=8,
    ),
    st.sampled_from(["/", "%2f", "\\", "//", "%5C"]),
    st.sampled_from(TRIGGERS),
    st.booleans(),
)  # fmt: skip
def test_whatever_is_asked_for_is_in_the_folder(
    site: Path, parts: list[str], separator: str, as_: Any, html: bool
) -> None:
    result = serving(site, html=html, hidden=False).get("/static/" + separator.join(parts), as_=as_)

    assert result.status_code in (200, 307, 404)
    assert SECRET not in result.text
    assert not result.headers.get("location", "").startswith(("/", "\\", "."))


def test_a_path_of_half_a_character_is_nobody_s(site: Path) -> None:
    event = {
        "version": "2.0",
        "rawPath": "/static/\ud800",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "http": {"method": "GET", "path": "/"},
            "domainName": "a.execute-api.eu-west-1.amazonaws.com",
        },
        "routeKey": "$default",
        "isBase64Encoded": False,
    }

    assert serving(site).send(event).response["statusCode"] == 404


def test_hidden_files_are_served_to_who_asks_for_them(site: Path) -> None:
    client = serving(site, hidden=True)

    assert client.get("/static/.git/config").text == SECRET
    assert client.get("/static/../secret.txt").status_code == 404


def test_a_file_that_is_gone_when_it_is_opened_is_a_404(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    client, real = serving(tmp_path), os.stat

    def stat(asked: Any, **options: Any) -> os.stat_result:
        found = real(asked, **options)
        if asked == str(path):
            path.unlink()
        return found

    monkeypatch.setattr(os, "stat", stat)

    assert client.get("/static/a.txt").status_code == 404


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    client, real = serving(tmp_path), os.stat

    def stat(asked: Any, **options: Any) -> os.stat_result:
        found = real(asked, **options)
        if asked == str(path):
            path.unlink()
            path.mkdir()
        return found

    monkeypatch.setattr(os, "stat", stat)

    assert client.get("/static/a.txt").status_code == 500


# ---- registration


def test_a_folder_that_is_not_there_is_refused(site: Path) -> None:
    for directory in (site / "none", site / "index.html"):
        with pytest.raises(RegistrationError, match=r"is no folder; .* write Path\(__file__\)"):
            App().static("/static", directory)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"headers": {"x-a": "1\r\n2"}}, "the value of the header x-a holds a line break"),
        ({"cache_control": "a\nb"}, "the value of the header cache-control holds a line break"),
        ({"headers": {"a b": "1"}}, "is no name for a header"),
        ({"headers": {"Cache-Control": "no-store"}, "cache_control": "public"}, "a header is given twice"),
    ],
)
def test_headers_that_cannot_be_are_refused(site: Path, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RegistrationError, match=sentence):
        App().static("/static", site, **options)


def test_two_folders_cannot_stand_under_one_prefix(site: Path) -> None:
    app = App()
    app.static("/static", site)

    with pytest.raises(RegistrationError, match="site and docs are both mounted at /static"):
        app.static("/static", site / "docs")


def test_a_folder_is_among_the_routes(site: Path) -> None:
    app = App()
    app.static("/static", site)

    (info,) = app.routes()

    assert (info.handler, info.location) == ("site", "files")
    assert info.wants == "requests under /static"


def test_no_event_loop_is_needed(site: Path) -> None:
    from eventrouter.runtime._survey import needs_loop

    assert not needs_loop(serving(site).app)


# ---- beside Starlette


@pytest.mark.parametrize(
    "headers", [{}, {"if-none-match": "etag"}, {"if-modified-since": "last-modified"}, {"if-none-match": '"x"'}]
)
@pytest.mark.parametrize(
    "path", ["/a%20b%20%C3%A4.txt", "/docs/", "/docs/index.html", "/none", "/empty/", "/docs/page.html", "/"]
)
def test_a_site_is_answered_as_starlette_answers_it(site: Path, path: str, headers: dict[str, str]) -> None:
    app = App()
    app.static("/ours", site, html=True)
    app.mount("/peer", Starlette(routes=[Mount("/", Peer(directory=site, html=True))]))
    client = TestClient(app)
    answers = []
    for prefix in ("/ours", "/peer"):
        whole = client.get(prefix + path)
        asked = {name: whole.headers.get(value, value) for name, value in headers.items()}
        result = client.get(prefix + path, headers=asked)
        answers.append((result.status_code, result.content))

    assert answers[0] == answers[1]
