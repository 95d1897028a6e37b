"""`ecabinet demo`: the whole main job on one machine, with real processes, real windows and real proofs."""
