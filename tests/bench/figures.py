"""What a bench tells: one JSON line for each figure. It fails when work is missing, never because it was slow."""

import json
from typing import Any


def tell(name: str, *, ours: float, peer: float, ratio: float, goal: str, **counted: Any) -> None:
    """`ours` and `peer` in the same unit; `ratio` of speeds, above 1 where ours is the faster; `goal` in words."""
    figures = {"ours": round(ours, 4), "peer": round(peer, 4), "ratio": round(ratio, 3)}
    print(json.dumps({"name": name, **figures, "goal": goal, **counted}, ensure_ascii=False), flush=True)
