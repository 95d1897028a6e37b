"""Picking words: whole words, in reading order, one box a line, with the words around for finding the place again."""

from ecabinet.client.pages import Box, Word
from ecabinet.client.ui.reader.selection import Selection, boxes_by_line, word_at

TEXT = ["Tờ trình về dự toán", "ngân sách địa phương năm 2027", "của Sở Tài chính"]


def _words() -> list[Word]:
    words = []
    for line, text in enumerate(TEXT):
        for place, word in enumerate(text.split()):
            box = Box(x0=60.0 * place, y0=700.0 - 20 * line, x1=60.0 * place + 50, y1=712.0 - 20 * line)
            words.append(Word(text=word, box=box, block=0, line=line))
    return words


def test_picking_backwards_is_picking_forwards() -> None:
    words = _words()
    forwards, backwards = Selection(0, words, 2, 6), Selection(0, words, 6, 2)
    assert forwards.quote == backwards.quote == "về dự toán ngân sách"
    assert forwards.boxes() == backwards.boxes()


def test_a_selection_over_two_lines_has_two_boxes() -> None:
    boxes = Selection(0, _words(), 3, 6).boxes()
    assert boxes == [Box(x0=180, y0=700, x1=290, y1=712), Box(x0=0, y0=680, x1=110, y1=692)]


def test_the_words_around_a_quote_are_kept() -> None:
    selection = Selection(0, _words(), 5, 6)
    assert selection.quote == "ngân sách"
    assert selection.before == "Tờ trình về dự toán"
    assert selection.after == "địa phương năm 2027 của Sở Tài chính"


def test_keys_move_word_by_word_and_line_by_line_and_stop_at_the_ends() -> None:
    selection = Selection(0, _words(), 0, 0)
    assert selection.to(-5).head == 0
    assert selection.by_line(1).quote == "Tờ trình về dự toán ngân"
    assert selection.by_line(1).by_line(1).by_line(1).last == len(_words()) - 1
    assert selection.by_line(1).by_line(-1) == selection


def test_a_point_finds_the_word_under_it_or_the_nearest_of_its_line() -> None:
    words = _words()
    assert word_at(words, 65, 706) == 1
    assert word_at(words, 1000, 706) == 4
    assert word_at(words, 10, 400) is None


def test_words_that_follow_each_other_on_a_line_have_one_box() -> None:
    words = _words()
    line = [words[0], words[1], words[2]]
    assert boxes_by_line(line) == [Box(x0=0, y0=700, x1=170, y1=712)]
    assert boxes_by_line([words[4], words[5]]) == [words[4].box, words[5].box]
    assert boxes_by_line([]) == []
