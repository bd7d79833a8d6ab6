"""Messages of CometBFT, generated from its .proto files (Apache-2.0) by `make protocol`; do not edit."""
