"""`python -m ecabinet`."""

from ecabinet.cli import main

main()
