"""What a round of learning costs: a home, the chain and the holders, each alone."""
