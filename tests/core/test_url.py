"""URLs as text: which host they lead to, what of them is secret, and how they are stored and shown."""

from __future__ import annotations

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from visionask.core.url import (
    host_of,
    is_openai,
    normal_base_url,
    public_url,
    shown_url,
    split_url,
)

HOSTS = st.from_regex(r"[a-z]{1,5}(\.[a-z]{2,4}){0,2}", fullmatch=True)
LOGINS = st.from_regex(r"([a-zA-Z0-9._~!$&'()*+,;=:@%-]{0,9}@)?", fullmatch=True)
PORTS = st.from_regex(r"(:[1-9][0-9]{0,3})?", fullmatch=True)
PATHS = st.from_regex(r"(/[A-Za-z0-9@:._-]{0,6}){0,3}", fullmatch=True)
QUERIES = st.from_regex(r"(\?[A-Za-z0-9@:/?=&._-]{0,12})?", fullmatch=True)
SECRET = "hunter2-XYZ"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://API.openai.com/v1", "api.openai.com", id="capitals"),
        pytest.param("https://evil.example?@api.openai.com", "evil.example", id="an @ in the query"),
        pytest.param("https://evil.example/@api.openai.com", "evil.example", id="an @ in the path"),
        pytest.param("https://evil.example#@api.openai.com", "evil.example", id="an @ in the fragment"),
        pytest.param("https://me:p@ss@h:1/x", "h", id="an @ in the password"),
        pytest.param("http://[::1]:8080/v1", "::1", id="IPv6"),
        pytest.param("local:practice", "", id="no URL"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_host_stands_before_the_path_and_behind_the_login(url, host):
    assert host_of(url) == host


@given(LOGINS, HOSTS, PORTS, PATHS, QUERIES)
def test_the_host_is_the_one_that_the_http_client_goes_to(login, host, port, path, query):
    url = f"https://{login}{host}{port}{path}{query}"
    assert host_of(url) == httpx2.URL(url).host == host


@given(st.text())
@example("http://a@b@c/d@e?f@g#h@i")
def test_the_pieces_of_any_text_are_the_text(text):
    assert "".join(split_url(text)) == text


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, True),
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://key@api.openai.com:443/v1", True),
        ("https://evil.example?@api.openai.com", False),
        ("https://evil.example/x@api.openai.com", False),
        ("https://notapi.openai.com.evil.example/v1", False),
        ("https://fakeapi.openai.com", False),
        ("api.openai.com/v1", False),
    ],
)
def test_only_openais_hosts_are_openai(url, expected):
    assert is_openai(url) is expected


@given(LOGINS, HOSTS, PORTS, PATHS, QUERIES)
def test_only_a_login_is_taken_away(login, host, port, path, query):
    url = f"http://{login}{host}{port}{path}{query}"
    assert "".join(split_url(url)._replace(login="")) == f"http://{host}{port}{path}{query}"


@given(HOSTS, st.text("abc123@", max_size=5), st.text("abc123@", max_size=5))
def test_links_that_differ_in_their_query_stay_two(host, one, two):
    first, second = (public_url(f"https://{host}?user={each}@x") for each in (one, two))
    assert (first == second) is (one == two)


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        pytest.param("http://h/a@b?c=d@e", "http://h/a@b?c=d@e", id="no secret"),
        pytest.param(f"http://me:{SECRET}@h/a.png", "http://h/a.png", id="a login"),
        pytest.param(f"http://h/a.png?key={SECRET}&page=2", "http://h/a.png?key=***&page=2", id="a key"),
        pytest.param(f"http://h/a.png?x={SECRET}", f"http://h/a.png?x={SECRET}", id="a name that says nothing"),
        pytest.param("http://h/a.png?q=sk-abcdefghij", "http://h/a.png?q=***", id="a key of OpenAI's"),
        pytest.param("http://h/get?token=abc", "http://h/get?token=***ba7816bf", id="no file's name"),
        pytest.param("http://h/get?key=cat.jpg", "http://h/get?key=cat.jpg", id="a key that is a file's name"),
        pytest.param("http://h/a.jpg?max_tokens=200", "http://h/a.jpg?max_tokens=200", id="a number"),
        pytest.param(
            "https://b.s3.amazonaws.com/a.jpg?X-Amz-Date=20261122T0Z&X-Amz-Credential=AK%2F1&X-Amz-Signature=ab12cd",
            "https://b.s3.amazonaws.com/a.jpg?X-Amz-Date=20261122T0Z&X-Amz-Credential=***&X-Amz-Signature=***",
            id="a signed link",
        ),
        pytest.param("s3://bucket/a@b?key=c", "s3://bucket/a@b?key=c", id="no link"),
    ],
)
def test_a_link_is_stored_without_its_secrets(url, stored):
    assert public_url(url) == stored


@given(LOGINS, HOSTS, PATHS)
def test_nothing_that_is_stored_or_shown_has_the_secret(login, host, path):
    url = f"https://{login}u:{SECRET}@{host}{path}?api-key={SECRET}&sig={SECRET}&v=1"
    for text in (public_url(url), shown_url(url), normal_base_url(url)):
        assert SECRET not in text
        assert host_of(text) == host
        assert text.endswith("v=1")


@given(st.text())
def test_any_text_can_be_shown_and_stored(text):
    assert isinstance(public_url(text) + shown_url(text) + normal_base_url(text) + host_of(text), str)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/v1?key=abc-def", "https://h/v1"),
        ("https://h/v1?api-version=2024-10-21&subscription-key=abc-def", "https://h/v1?api-version=2024-10-21"),
        ("https://h:443/v1/?", "https://h/v1"),
        ("https://h:00443", "https://h"),
        ("https://h:99999/v1", "https://h:99999/v1"),
    ],
)
def test_a_base_url_has_one_spelling_whatever_its_secrets(url, expected):
    assert normal_base_url(url) == expected
