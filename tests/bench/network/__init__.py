"""What four authorities on one machine can do, measured: `make bench-network`."""
