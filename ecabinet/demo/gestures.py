"""What takes many keys: papers put together in an agenda, a passage picked in a paper."""

from collections.abc import Sequence

from ecabinet.demo.hands import Hands
from ecabinet.papers import sample


def group(hands: Hands, items: Sequence[sample.Item]) -> None:
    """Puts papers, each an item of its own so far, together as these items have them, and names the items.

    From the last to the first: what is above stays where it is.
    """
    place = sum(len(item.papers) for item in items)
    hands.open_row("agenda_draft", "")
    for item in reversed(items):
        for _ in item.papers[1:]:
            place -= 1
            _go_to_item(hands, place)
            hands.press("Ctrl+M")
        place -= 1
        _go_to_item(hands, place)
        hands.press("F2")
        hands.fill("line_title", item.title)
        hands.press("Return")
        hands.wait_row("agenda_draft", item.title)


def pick(hands: Hands, words: str) -> None:
    """Picks as many words as these, behind those that were picked last."""
    hands.press("Shift+Right", times=len(words.split()))


def _go_to_item(hands: Hands, place: int) -> None:
    """To an item above which every other still has one paper."""
    hands.press("Home")
    hands.press("Down", times=2 * place)
