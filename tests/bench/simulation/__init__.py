"""What a simulated street costs, and what it says of a real one."""
