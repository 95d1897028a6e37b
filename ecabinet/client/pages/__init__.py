"""PDF pages in a process of its own: bytes go in, pixels and words come out, and it may be killed at any time.

`Pages` is what the reader asks; `examination.Examiner` looks at a paper before it is published. Both start a worker
that holds no key, reaches no network, opens no file and dies on the first page that takes too long. The bytes of a
paper are never written to a disk: they pass in shared memory.
"""

from ecabinet.client.pages.cache import PageCache
from ecabinet.client.pages.content import (
    PIXELS_LIMIT,
    Box,
    Heading,
    Link,
    LinkKind,
    Matrix,
    Page,
    PageUnreadable,
    Paper,
    PaperRefused,
    Pixels,
    Priority,
    Recognised,
    Refusal,
    Region,
    Unreadable,
    Word,
)
from ecabinet.client.pages.lives import PagesUnavailable
from ecabinet.client.pages.pages import Pages
from ecabinet.client.pages.source import Read

__all__ = [
    "PIXELS_LIMIT",
    "Box",
    "Heading",
    "Link",
    "LinkKind",
    "Matrix",
    "Page",
    "PageCache",
    "PageUnreadable",
    "Pages",
    "PagesUnavailable",
    "Paper",
    "PaperRefused",
    "Pixels",
    "Priority",
    "Read",
    "Recognised",
    "Refusal",
    "Region",
    "Unreadable",
    "Word",
]
