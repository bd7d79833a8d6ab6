"""JSON-RPC over HTTP: calls that end, whatever the other side does."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx

from openmg.client.messages import Json
from openmg.errors import BadInput, Malformed, OpenMGError

MOST_ANSWER: Final = 32 * 2**20
"""Bytes of an answer: a full block and its JSON are a tenth of it."""
Call = tuple[str, dict[str, Any]]
"""Method and parameters."""


class Unreachable(OpenMGError):
    """A node gave no answer: nobody listens, it is silent, or it is in trouble itself."""


class Refused(BadInput):
    """A node answered a call with an error."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str]]:
        return (type(self), (self.where, self.reason))


class Unknown(Refused):
    """The application has nothing of this name, as far as a node says."""


class Calls:
    """Calls to one URL; a connection for each, so that one in trouble harms no other."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        # No proxy from the environment: nobody stands between a wallet and its node unless told.
        # Certificates are loaded only where they are needed.
        self._client = httpx.Client(
            verify=self.url.startswith("https:"),
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"content-type": "application/json", "accept-encoding": "identity"},
        )

    def close(self) -> None:
        """No more calls."""
        self._client.close()

    def ask(self, calls: Sequence[Call], patience: float) -> list[Json | Refused]:
        """One request with all calls; results in their order. `patience` (s) bounds all of it.

        Raises:
            Unreachable: no answer in time, or the node's own trouble (HTTP 5xx).
            Refused: the request as a whole.
            Malformed: an answer to something else.
        """
        requests = [
            {"jsonrpc": "2.0", "id": at, "method": method, "params": parameters}
            for at, (method, parameters) in enumerate(calls)
        ]
        body = json.dumps(requests[0] if len(requests) == 1 else requests).encode("ascii")
        status, text = self._post(body, patience)
        if status >= 500:
            raise Unreachable(f"{self.url}: HTTP {status}")
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"{self.url}: no JSON (HTTP {status})") from error
        answers = given if isinstance(given, list) else [given]
        if status != 200:
            raise Refused(self.url, _reason(answers, f"HTTP {status}"))
        return self._in_order(answers, len(calls))

    def _in_order(self, answers: list[Any], count: int) -> list[Json | Refused]:
        found: dict[int, Json | Refused] = {}
        for answer in answers:
            at = answer.get("id") if isinstance(answer, dict) else None
            if type(at) is not int or not 0 <= at < count or at in found:
                raise Malformed(f"{self.url}: an answer to no question")
            if answer.get("error") is not None:
                found[at] = Refused(self.url, _reason([answer], "an error without a reason"))
            elif isinstance(answer.get("result"), dict):
                found[at] = answer["result"]
            else:
                raise Malformed(f"{self.url}: an answer without a result")
        if len(found) != count:
            raise Malformed(f"{self.url}: {len(found)} answers to {count} questions")
        return [found[at] for at in range(count)]

    def _post(self, body: bytes, patience: float) -> tuple[int, bytes]:
        late = threading.Event()
        try:
            with _deadline(patience, late) as trace:
                request = self._client.build_request(
                    "POST", self.url, content=body, timeout=patience, extensions={"trace": trace}
                )
                response = self._client.send(request, stream=True)
                try:
                    return response.status_code, self._limited(response)
                finally:
                    response.close()
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            silent = late.is_set() or isinstance(error, httpx.TimeoutException)
            reason = f"no answer within {patience:g} s" if silent else (str(error) or type(error).__name__)
            raise Unreachable(f"{self.url}: {reason}") from error

    def _limited(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            if size > MOST_ANSWER:
                raise Malformed(f"{self.url}: an answer of more than {MOST_ANSWER} bytes")
            parts.append(part)
        return b"".join(parts)


@contextlib.contextmanager
def _deadline(seconds: float, late: threading.Event) -> Iterator[Any]:
    """Cut the connection after so many seconds; gives what tells it of the connection.

    The HTTP client bounds each read, not their sum: a byte now and then would keep it forever.
    """
    opened: list[socket.socket] = []

    def trace(event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            opened.append(info["return_value"].get_extra_info("socket"))

    def cut() -> None:
        late.set()
        for each in opened:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()


def _checked(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    else:
        usable = usable and parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise BadInput(f"{url[:80]!r}: a node's address like http://127.0.0.1:26657 was expected")
    return url.rstrip("/")


def _reason(answers: list[Any], otherwise: str) -> str:
    """The node's own words, on one line."""
    error = answers[0].get("error") if answers and isinstance(answers[0], dict) else None
    if not isinstance(error, dict):
        return otherwise
    words = " ".join(f"{error.get('data') or error.get('message') or ''}".split())
    return words[:300] or otherwise
