"""JSON-RPC over HTTP: calls that end, whatever the other side does."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Sequence
from typing import Any, Final

from openmg.client.connection import Lines
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
    """Calls to one URL, from any thread, each on a connection of its own while it lasts."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self._lines = Lines(self.url)

    def close(self) -> None:
        """No more calls."""
        self._lines.close()

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
        try:
            status, text = self._lines.post(body, patience, MOST_ANSWER)
        except TimeoutError as error:
            raise Unreachable(f"{self.url}: no answer within {patience:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.url}: {str(error) or type(error).__name__}") from error
        if len(text) > MOST_ANSWER:
            raise Malformed(f"{self.url}: an answer of more than {MOST_ANSWER} bytes")
        return status, text


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
