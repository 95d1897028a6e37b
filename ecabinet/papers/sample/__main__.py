"""`python -m ecabinet.papers.sample OUT`: every PDF of the sample, made from its source, into the folder OUT."""

import argparse
import sys
from pathlib import Path

from ecabinet.papers.sample import papers
from ecabinet.papers.sample.making import make


def main() -> None:
    """Make them all."""
    parser = argparse.ArgumentParser(prog="python -m ecabinet.papers.sample", description="Make the sample's PDFs.")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder they are written to")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for paper in papers():
        made = make(paper)
        (out / paper.file_name).write_bytes(made)
        sys.stdout.write(f"{len(made):>9,} {paper.file_name}\n")


if __name__ == "__main__":
    main()
