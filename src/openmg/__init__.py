"""Enhanced Open MG: a private, decentralised local energy market for microgrids."""

__version__ = "0.1.0"
