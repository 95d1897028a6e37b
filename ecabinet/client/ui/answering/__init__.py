"""Answering a ballot: choose → read back → PIN → receipt. Nothing is preselected, and nothing is sent by one press."""
