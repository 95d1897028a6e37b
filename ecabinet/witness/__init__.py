"""A witness, for somebody who does not run the server: an audit office, a court, another body.

It knows some logs by their keys, remembers of each the largest tree it cosigned, and cosigns what continues it. It
needs `core`, `keys` and the standard library, and holds nothing secret but its key.
"""
