"""Official papers: forms set in Typst. A paper is data and a form; the same data always make the same bytes."""
