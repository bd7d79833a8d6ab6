"""The simulation room: a street for a year, with the chain's own market and without its cryptography."""
