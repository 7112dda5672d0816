"""Addresses to post to: one that cannot be reached by its form is refused, and what is wrong with it is named."""

from __future__ import annotations

import pytest

from engine.core.addresses import LONGEST_ADDRESS, url_fault
from engine.text.labels import labels

LABEL = "a" * 63


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "https://desk.example:8443/hooks?to=a%20b",
        "HTTPS://Desk.Example",
        "http://desk",
        "http://desk_1.example./",
        "http://[::1]:8080/x",
        "https://整改.example/接收",
        "https://xn--fiqs8s.example/",
        "http://desk.example:65535/",
        f"http://{LABEL}.example/",
        "https://desk.example/a@b",
    ],
)
def test_an_address_that_can_be_reached(url: str) -> None:
    assert None is url_fault(url)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "scheme"),
        ("desk.example/x", "scheme"),
        ("ftp://desk.example/x", "scheme"),
        ("https:/desk.example", "scheme"),
        ("https:desk.example", "scheme"),
        ("https：//desk.example", "scheme"),
        ("http://user:word@desk.example/x", "userinfo"),
        ("http://@desk.example/x", "userinfo"),
        ("http://desk.example:0/", "port"),
        ("http://desk.example:65536/", "port"),
        ("http://desk.example:80a/", "port"),
        ("http://desk.example:-1/", "port"),
        ("http://desk.example:/", "port"),
        ("http:///x", "host"),
        ("http://?x", "host"),
        ("http://.", "host"),
        ("http://desk..example/", "host"),
        ("http://-desk.example/", "host"),
        ("http://desk-.example/", "host"),
        ("http://de%73k.example/", "host"),
        ("http://desk,example/", "host"),
        ("http://256.1.1.1/", "host"),
        ("http://1.2.3/", "host"),
        (f"http://{LABEL}a.example/", "host"),
        (f"http://{'.'.join([LABEL] * 4)}/", "host"),
        ("http://整" + "改" * 63 + ".example/", "host"),
        ("http://[::1/", "form"),
        ("http://[desk]/", "form"),
        ("http://\u2603.example/", "host"),
        ("http://desk.example/x#part", "fragment"),
        ("http://desk.example/x#", "fragment"),
        ("http://desk.example/a b", "sign"),
        (" http://desk.example/", "sign"),
        ("http://desk.example/\n", "sign"),
        ("http://desk.example/\0", "sign"),
        ("http://desk.example/\u200b", "sign"),
        ("http://desk.example/\ud800", "sign"),
        ("http://desk.example\\x", "sign"),
        ("http://desk.example/" + "a" * LONGEST_ADDRESS, "length"),
    ],
)
def test_an_address_that_cannot_and_what_is_wrong_with_it(url: str, fault: str) -> None:
    assert fault == url_fault(url)
    assert fault in labels("url_fault")
