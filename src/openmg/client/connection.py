"""HTTP connections to one node that are kept between calls: most of a call's cost is in making one."""

from __future__ import annotations

import http.client
import io
import select
import socket
import threading
import time
import urllib.parse
from typing import Any, Final, cast

KEPT: Final = 5.0
"""Seconds for which an idle connection is kept; the engine closes it after ten."""
MOST_KEPT: Final = 4


class Lines:
    """Connections to one `http` or `https` URL without a path. No proxy from the environment: nobody stands between a
    wallet and its node unless told.
    """

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._secure = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port or (443 if self._secure else 80))
        self._head = (
            f"POST / HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
            "accept-encoding: identity\r\ncontent-length: "
        ).encode("ascii")
        self._idle: list[tuple[float, socket.socket]] = []
        self._most_kept = MOST_KEPT
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of what is idle, and of what is in use as soon as it is not."""
        with self._lock:
            idle, self._idle, self._most_kept = self._idle, [], 0
        for _, line in idle:
            line.close()

    def post(self, body: bytes, patience: float, most: int) -> tuple[int, bytes]:
        """Status and content of the answer to one request; of a content of more than `most` bytes one more.

        Raises:
            TimeoutError: the whole answer was not there after `patience` seconds.
            OSError: no connection, or a lost one.
            HTTPException: no HTTP, or half an answer.
        """
        request = self._head + str(len(body)).encode("ascii") + b"\r\n\r\n" + body
        ends = time.monotonic() + patience
        kept = self._kept()
        if kept is not None:
            try:
                return self._exchange(kept, request, ends, most)
            except (ConnectionError, http.client.RemoteDisconnected):
                # The node closed it meanwhile. Whatever is asked may be asked twice.
                pass
        return self._exchange(self._opened(ends), request, ends, most)

    def _exchange(self, line: socket.socket, request: bytes, ends: float, most: int) -> tuple[int, bytes]:
        usable = False
        try:
            line.settimeout(_left(ends))
            line.sendall(request)
            with http.client.HTTPResponse(cast(socket.socket, _Incoming(line, ends)), method="POST") as response:
                response.begin()
                content = _content(response, most)
                usable = not response.will_close and response.isclosed()
                return response.status, content
        finally:
            if usable:
                self._keep(line)
            else:
                line.close()

    # --- connections
    def _opened(self, ends: float) -> socket.socket:
        line = socket.create_connection(self._address, _left(ends))
        try:
            # A request is one write; without this its last part might wait for the answer to the first.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._secure:
                line.settimeout(_left(ends))
                line = _secured(line, self._address[0])
        except BaseException:
            line.close()
            raise
        return line

    def _kept(self) -> socket.socket | None:
        """An idle connection on which the other side has said nothing since, which would be its end, or nonsense."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                since, line = self._idle.pop()
            if time.monotonic() - since < KEPT and not _speaks(line):
                return line
            line.close()

    def _keep(self, line: socket.socket) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), line))
            surplus = self._idle.pop(0)[1] if len(self._idle) > self._most_kept else None
        if surplus is not None:
            surplus.close()


class _Incoming(io.RawIOBase):
    """What a connection receives until a moment. A bound for each read would not do: a byte now and then would keep a
    call forever.
    """

    def __init__(self, line: socket.socket, ends: float) -> None:
        self._line = line
        self._ends = ends

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable bytes
        self._line.settimeout(_left(self._ends))
        return self._line.recv_into(buffer)


def _content(response: http.client.HTTPResponse, most: int) -> bytes:
    if response.length is not None and response.length <= most:
        return response.read()
    return response.read(most + 1)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _speaks(line: socket.socket) -> bool:
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _secured(line: socket.socket, name: str) -> socket.socket:
    # Certificates are loaded only where they are needed.
    import ssl  # noqa: PLC0415 - see above

    return ssl.create_default_context().wrap_socket(line, server_hostname=name)
