"""Where the files shipped with the program lie: fonts, forms, icons, translations, the sample meeting.

In a source checkout and in a frozen build they are the `resources` folder beside the package; in an installed wheel
they are the `resources` folder inside it. Nothing is read here: a path is returned, and the file named by it exists.
"""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def _root() -> Path:
    for root in (_PACKAGE.parent / "resources", _PACKAGE / "resources"):
        if (root / "fonts").is_dir():
            return root
    raise FileNotFoundError("the resources folder of ecabinet is missing from this installation")


def path(*parts: str) -> Path:
    """The path of one shipped file or folder, e.g. `path("fonts", "Tinos-Regular.ttf")`.

    Raises FileNotFoundError when the installation lacks it.
    """
    found = _root().joinpath(*parts)
    if not found.exists():
        raise FileNotFoundError(f"resources/{'/'.join(parts)} is missing from this installation")
    return found
