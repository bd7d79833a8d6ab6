"""Connections that are kept: one for many calls, a new one when the other side let go or said too much."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest

from openmg.client import connection
from openmg.client.connection import MOST_KEPT, Lines

PATIENCE = 30.0
MOST = 1_000
HALF = b"HTTP/1.1 200 OK\r\n"
"""Who sends this sends nothing more, and waits for the other side to go."""
Answers = Sequence[bytes]
"""What is sent on one connection, a request before each."""


def answer(content: bytes, head: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-length: {len(content)}\r\n{head}\r\n".encode() + content


@contextmanager
def saying(*lines: Answers) -> Iterator[Lines]:
    """Somebody who takes as many connections, one after another, and closes each after its answers."""
    ended = threading.Event()

    def serve(listener: socket.socket) -> None:
        for answers in lines:
            with listener.accept()[0] as line:
                for each in answers:
                    received = b""
                    while not received.endswith(b"\r\n\r\n?"):
                        received += line.recv(4096)
                    line.sendall(each)
                    if each == HALF:
                        assert line.recv(1) == b""
        ended.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        made = Lines(f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            yield made
            assert ended.wait(PATIENCE)
        finally:
            made.close()
            thread.join()


def ask(lines: Lines, patience: float = PATIENCE) -> tuple[int, bytes]:
    return lines.post(b"?", patience, MOST)


def test_one_connection_serves_many_calls() -> None:
    with saying([answer(bytes([index])) for index in range(20)]) as lines:
        assert [ask(lines) for _ in range(20)] == [(200, bytes([index])) for index in range(20)]


def test_a_connection_that_was_closed_is_made_anew() -> None:
    with saying([answer(b"a")], [answer(b"b")], [answer(b"c", "connection: close\r\n")], [answer(b"d")]) as lines:
        assert [ask(lines)[1] for _ in range(4)] == [b"a", b"b", b"c", b"d"]


def test_a_connection_that_ends_after_the_question_is_made_anew_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side closes while the question is on its way."""
    monkeypatch.setattr(connection, "_speaks", lambda _: False)
    with saying([answer(b"a")], [answer(b"b")]) as lines:
        assert [ask(lines)[1] for _ in range(2)] == [b"a", b"b"]
    with saying([b""]) as lines, pytest.raises(ConnectionError):
        ask(lines)


def test_a_second_answer_is_not_taken_for_the_next_one() -> None:
    with saying([answer(b"a") + answer(b"lie")], [answer(b"b")]) as lines:
        assert [ask(lines)[1] for _ in range(2)] == [b"a", b"b"]


def test_a_connection_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEPT", 0.0)
    with saying([answer(b"a")], [answer(b"b")]) as lines:
        assert [ask(lines)[1] for _ in range(2)] == [b"a", b"b"]


def test_who_falls_silent_on_a_kept_connection_is_not_waited_for() -> None:
    with saying([answer(b"a"), HALF]) as lines:
        assert ask(lines)[1] == b"a"
        with pytest.raises(TimeoutError):
            ask(lines, 0.2)


@pytest.mark.parametrize(
    ("reply", "content"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
        (b"HTTP/1.0 200 OK\r\n\r\nabc", b"abc"),
        (answer(bytes(MOST)), bytes(MOST)),
        (answer(bytes(MOST + 7)), bytes(MOST + 1)),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MOST + 7), bytes(MOST + 1)),
    ],
)
def test_an_answer_is_taken_up_to_its_bound(reply: bytes, content: bytes) -> None:
    with saying([reply]) as lines:
        assert ask(lines) == (200, content)


@pytest.mark.parametrize("reply", [b"220 mail\r\n", answer(bytes(9))[:-1], b"HTTP/1.1 200 OK\r\na" + b"b" * 2**17])
def test_half_an_answer_is_none(reply: bytes) -> None:
    with saying([reply]) as lines, pytest.raises(http.client.HTTPException):
        ask(lines)


def test_few_connections_are_kept() -> None:
    """As many as ask at once are made, and most of them are let go."""
    count = 3 * MOST_KEPT
    meeting = threading.Barrier(count)

    def serve(line: socket.socket) -> None:
        with line:
            line.recv(4096)
            meeting.wait(PATIENCE)
            line.sendall(answer(b"a"))

    def together(*functions: Callable[[], object]) -> None:
        threads = [threading.Thread(target=function) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        lines = Lines(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def accept() -> None:
            together(*[partial(serve, listener.accept()[0]) for _ in range(count)])

        together(accept, *[lambda: ask(lines)] * count)
        assert len(lines._idle) == MOST_KEPT
        lines.close()
        assert not lines._idle
