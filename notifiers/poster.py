"""Posts signed events to other programs over HTTP; redirects are never followed."""

from __future__ import annotations

from typing import ClassVar

from engine.core.ports import Answer
from engine.core.webhooks import Parcel
from notifiers.verdicts import of_http_status, scheme_of, try_again


class HttpPoster:
    """`timeout` is in seconds, for connecting and for each read. Codes are those of webhook messages."""

    posts_to: ClassVar[tuple[str, ...]] = ("http", "https")

    def __init__(self, timeout: float = 10.0) -> None:
        self._timeout = timeout

    def post(self, parcel: Parcel) -> Answer:
        import requests

        scheme = scheme_of(parcel.url)
        try:
            with requests.post(
                parcel.url,
                data=parcel.body,
                headers=dict(parcel.headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,  # what it answers beside the status is of no interest
            ) as answer:
                return of_http_status(scheme, answer.status_code)
        except requests.exceptions.SSLError:
            return try_again("tls_failed", scheme)
        except requests.exceptions.Timeout:
            return try_again("timed_out", scheme)
        except requests.exceptions.RequestException:
            return try_again("unreachable", scheme)
