"""The verifier: a stranger's check of a bundle, by the core alone."""
