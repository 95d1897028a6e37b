"""The windows: Qt widgets and nothing else. They ask the desk, and paint what it answers."""
