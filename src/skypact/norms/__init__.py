"""Norms of responsible behavior as data, and the evaluation of facts against them."""
