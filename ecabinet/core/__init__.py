"""What all sides must agree on: pure rules without I/O, clock or threads."""
