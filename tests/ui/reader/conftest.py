"""What the reader's tests share."""

import pytest

from tests.ui.body import Body
from tests.ui.reader.shelf import Shelf


@pytest.fixture
def shelf(body: Body) -> Shelf:
    return Shelf(body)
