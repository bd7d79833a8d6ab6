"""The second demo: homes learn to forecast together, and nobody sees what any of them learnt."""
