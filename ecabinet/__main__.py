"""`python -m ecabinet`, and the `ecabinet` command."""

import sys


def main() -> None:
    """Runs the command line, or says that it is missing: `ecabinet-verify` is installed with no more than it needs."""
    try:
        from ecabinet.cli import main as run  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        from ecabinet.client.ui.words import on_terminal, say  # noqa: PLC0415 - needs nothing that is installed

        missing = str(error.name)
        if missing.startswith("ecabinet"):
            raise
        told = on_terminal(lambda: say("command.no_client_parts", missing=missing, python=sys.executable))
        sys.exit("✗ " + "\n  ".join(told))
    run()


if __name__ == "__main__":
    main()
