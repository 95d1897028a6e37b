"""Reading a paper: its pages one under another, the words on them, and the reader's own notes."""
