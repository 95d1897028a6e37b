"""ecabinet: governments meet and decide without paper, and anybody can check it."""

__version__ = "0.1.0"
