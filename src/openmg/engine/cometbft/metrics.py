"""Figures for Prometheus, on this machine only unless told (no authentication, nothing about any home)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from openmg.errors import BadInput

_COUNTS = (1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280)
SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Bounds of what is measured in seconds."""


class Metrics:
    """What any chain's node counts and measures; its kind of chain may add to the registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.height = Gauge("openmg_height", "Newest committed block", registry=registry)
        self.blocks = Counter("openmg_blocks", "Blocks committed since the start", registry=registry)
        self.transactions = Histogram(
            "openmg_block_transactions", "Transactions in a block", buckets=_COUNTS, registry=registry
        )
        self.rejected = Counter("openmg_rejected", "Transactions in blocks without effect", registry=registry)
        self.batch = Histogram(
            "openmg_check_batch", "Transactions checked together", buckets=_COUNTS, registry=registry
        )
        self.check_seconds = Histogram(
            "openmg_check_seconds", "Time to check a batch", buckets=SECONDS, registry=registry
        )
        self.execute_seconds = Histogram(
            "openmg_execute_seconds", "Time to execute a block", buckets=SECONDS, registry=registry
        )
        self.evidence = Counter("openmg_evidence", "Proofs of misbehaviour in blocks", registry=registry)

    def serve(self, address: str) -> None:
        """Answer Prometheus at `host:port`.

        Raises:
            BadInput: the port is in use, or the address cannot be had.
        """
        host, _, port = address.rpartition(":")
        try:
            start_http_server(int(port), addr=host, registry=self.registry)
        except (OSError, ValueError) as error:
            raise BadInput(f"metrics at {address}: cannot listen there ({error})") from error
