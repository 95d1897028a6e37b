"""The sample meeting: its papers, ballots and people, made from sources in `resources/sample`."""
