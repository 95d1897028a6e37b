"""A client of the demo: the real program, with a player at its keys instead of a person."""

import argparse
from pathlib import Path

from ecabinet.client.app import Application
from ecabinet.demo.player import Player


def main() -> None:
    """Runs until the player's commands end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keystore", required=True)
    parser.add_argument("--size", type=int, nargs=2, default=(1366, 768))
    asked = parser.parse_args()
    application = Application(folder=asked.data, service=asked.keystore)
    application.window.resize(*asked.size)
    player = Player()
    player.listen()
    application.run()


if __name__ == "__main__":
    main()
