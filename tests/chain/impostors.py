"""Those who claim to be a node: they answer as a test likes, or pass on what a node says, changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Json = dict[str, Any]
Reply = Callable[[Any], tuple[int, bytes]]
"""From a request to HTTP status and body."""
Change = Callable[[Json, Json], Json]
"""From a request and a node's true result to what is passed on."""


@contextmanager
def claiming(reply: Reply) -> Iterator[str]:
    """The URL of somebody who answers every call as it likes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = reply(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def changing(url: str, change: Change) -> Iterator[str]:
    """The URL of somebody between a client and a node who changes results."""
    with httpx.Client(transport=httpx.HTTPTransport(), timeout=10) as client:

        def reply(request: Json | list[Json]) -> tuple[int, bytes]:
            answer = client.post(url, json=request).json()
            pairs = zip(request, answer, strict=True) if isinstance(request, list) else [(request, answer)]
            for asked, told in pairs:
                if "result" in told:
                    told["result"] = change(asked, told["result"])
            return 200, json.dumps(answer).encode()

        with claiming(reply) as between:
            yield between
