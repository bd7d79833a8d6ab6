"""The production engine: a chain as an application of CometBFT 0.38 (ABCI 2.0)."""

from openmg.engine.cometbft.serving import serve

__all__ = ["serve"]
