"""Layer 2: what agents look up while they talk: articles, their search, who opened them and what he thought of them."""
