"""CometBFT's config.toml: only what differs from its defaults, and why."""

from __future__ import annotations

import json
from typing import Final

from openmg.network.settings import Settings

COMETBFT: Final = "0.38.25"
"""The one version that this was made for."""

_CONFIG: Final = """\
# Written before every start from authority.json, which is the file to edit. What is not here has CometBFT's default.
version = "{version}"
moniker = {name}
# Beside the working directory, which is the node's home: the path of a socket must be short.
proxy_app = "unix://application.sock"
# The application lets nobody in but the peers of authority.json.
filter_peers = true
# Three lines a block and what goes wrong.
log_level = "state:info,*:error"

[rpc]
# It asks nobody who he is: this machine only.
laddr = "tcp://{rpc}"
# Households' reports come many in one request.
max_request_batch_size = 500
max_body_bytes = 4000000

[p2p]
laddr = "tcp://{p2p}"
persistent_peers = {peers}
# Authorities know each other; nobody is looked for.
pex = false
addr_book_strict = false
# Several nodes may stand on one machine or behind one router.
allow_duplicate_ip = true
# Seconds matter more than what a lost connection costs to dial.
persistent_peers_max_dial_period = "3s"
# A vote is small and waits for nothing.
flush_throttle_timeout = "10ms"
# Two full blocks a second to each of several peers.
send_rate = 20480000
recv_rate = 20480000

[mempool]
# More waiting reports than one block takes, few enough to check them all again after each block.
size = 5000
max_txs_bytes = 67108864
cache_size = 20000
# What was refused because it came too early, or because too many waited, is right when it comes again.
keep-invalid-txs-in-cache = false
{sync}
[consensus]
# A block when there is something to decide, and within 300 ms; one more to sign the state after it; then rest.
create_empty_blocks = false
timeout_propose = "500ms"
timeout_propose_delta = "200ms"
timeout_prevote = "300ms"
timeout_prevote_delta = "200ms"
timeout_precommit = "300ms"
timeout_precommit_delta = "200ms"
timeout_commit = "100ms"
peer_gossip_sleep_duration = "20ms"

[tx_index]
# Transactions are found by their block; an index would cost every block time.
indexer = "null"

[instrumentation]
prometheus = {watched}
prometheus_listen_addr = "{metrics}"
"""

_SYNC: Final = """
[statesync]
# A node without a chain begins with the newest snapshot of the others, from a header that it trusts.
enable = true
rpc_servers = "{servers}"
trust_height = {height}
trust_hash = "{hash}"
trust_period = "168h0m0s"
discovery_time = "5s"
# Inside the home: a snapshot may be too large for the system's folder.
temp_dir = "cometbft/data"
"""


def config_toml(settings: Settings) -> str:
    """The file for one node."""
    sync = (
        ""
        if settings.sync is None
        else _SYNC.format(servers=",".join(settings.sync.servers), height=settings.sync.height, hash=settings.sync.hash)
    )
    return _CONFIG.format(
        version=COMETBFT,
        name=json.dumps(settings.name),
        rpc=settings.rpc,
        p2p=settings.p2p,
        peers=json.dumps(",".join(settings.peers)),
        sync=sync,
        watched=json.dumps(settings.validator_metrics is not None),
        metrics=settings.validator_metrics or "",
    )
