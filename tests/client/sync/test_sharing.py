"""Notes that are shared, between real clients at a server that loses, repeats and lies."""

from dataclasses import replace

import pytest

from ecabinet.client.desk.notes import NoteView
from ecabinet.client.desk.sharing import ShareState
from ecabinet.core.envelope import new_id
from ecabinet.core.notes import NoteShare, SharedNote
from ecabinet.core.notes.sharing import (
    device_of,
    open_note,
    seal_note,
    share_key_message,
    share_message,
    shared_note_message,
    unwrap_key,
    wrap_key,
)
from ecabinet.core.protocol import Reason, RowKind
from tests.client.conftest import MakeDevice
from tests.client.devices import ClientDevice
from tests.client.sync.test_rounds import note_on
from tests.simulator import Simulator
from tests.wire import Fault

AUTHOR, READER, STRANGER = "home-affairs", "agriculture", "construction"


@pytest.fixture
def author(device: MakeDevice) -> ClientDevice:
    return device("first", AUTHOR)


@pytest.fixture
def reader(author: ClientDevice, device: MakeDevice, simulator: Simulator) -> ClientDevice:
    """Somebody before whom the same paper was put; both are up to date."""
    reader = device("second", READER)
    simulator.send_meeting()
    for each in (author, reader):
        each.round()
    return reader


def paper_of(device: ClientDevice) -> str:
    return device.desk.papers.all()[0].document


def others(device: ClientDevice) -> list[NoteView]:
    return list(device.desk.sharing.of_paper(paper_of(device)).others)


def texts(device: ClientDevice) -> list[str]:
    return sorted(state.text for view in others(device) for state in view.states)


def share_all(author: ClientDevice, *readers: str) -> None:
    author.desk.sharing.share(paper_of(author), None, readers)


def share_one(author: ClientDevice, note: str, *readers: str) -> None:
    author.desk.sharing.share(paper_of(author), note, readers)


def the_share(simulator: Simulator) -> NoteShare:
    """The last."""
    return list(simulator.shares.values())[-1]


# ---------------------------------------------------------------- what readers see


def test_a_note_is_read_off_line_by_whom_it_was_shared_with_and_follows_its_author(
    author: ClientDevice, reader: ClientDevice
) -> None:
    note, alone = note_on(author, "Căn cứ nào?"), note_on(author, "Chỉ mình tôi")
    share_one(author, note, READER)
    (mine,) = author.desk.sharing.of_paper(paper_of(author)).shares
    assert (mine.state, mine.note) == (ShareState.WAITING, note)
    author.round()
    reader.round()
    reader.wire.is_down = True
    reader.reopen()
    (view,) = others(reader)
    assert view.author is not None
    assert (view.author.person, view.author.office) == (AUTHOR, "Giám đốc Sở Nội vụ")
    assert view.latest.text == "Căn cứ nào?"
    assert view.key != note
    assert reader.desk.notes.all() == ()
    (mine,) = author.desk.sharing.of_paper(paper_of(author)).shares
    assert (mine.state, [each.person for each in mine.readers]) == (ShareState.SENT, [READER])
    author.desk.notes.edit(note, text="Đã rõ căn cứ")
    author.desk.notes.edit(alone, text="Vẫn chỉ mình tôi")
    author.round()
    reader.wire.is_down = False
    reader.round()
    assert texts(reader) == ["Đã rõ căn cứ"]
    author.desk.notes.delete(note)
    author.round()
    reader.round()
    assert others(reader) == []
    author.desk.notes.restore(note)
    author.round()
    reader.round()
    assert texts(reader) == ["Đã rõ căn cứ"]


def test_all_notes_of_a_paper_are_shared_those_made_later_too(author: ClientDevice, reader: ClientDevice) -> None:
    note_on(author, "trước")
    share_all(author, READER)
    author.round()
    note_on(author, "sau")
    author.round()
    reader.round()
    assert texts(reader) == ["sau", "trước"]


def test_what_a_note_said_before_it_was_shared_stays_with_its_author(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note = note_on(author, "nói khi nóng giận")
    author.round()
    author.desk.notes.edit(note, text="nói khi đã nghĩ kỹ")
    gone = note_on(author, "đã xóa")
    author.desk.notes.delete(gone)
    share_all(author, READER)
    author.round()
    assert len(simulator.shared) == 1
    reader.round()
    (view,) = others(reader)
    assert [state.text for state in view.states] == ["nói khi đã nghĩ kỹ"]


def test_states_that_were_passed_over_do_not_come_back_as_second_ones(
    author: ClientDevice, reader: ClientDevice
) -> None:
    note = note_on(author, "một")
    share_all(author, READER)
    author.round()
    reader.round()
    for text in ("hai", "ba", "bốn"):
        author.desk.notes.edit(note, text=text)
    author.round()
    reader.round()
    assert texts(reader) == ["bốn"]


def test_both_surviving_states_of_a_note_edited_apart_are_shown(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice
) -> None:
    note = note_on(author, "bản đầu")
    share_one(author, note, READER)
    author.round()
    tablet = device("third", AUTHOR)
    for each in (author, tablet):
        each.round()
    tablet.desk.notes.edit(note, text="trên máy tính bảng")
    author.desk.notes.edit(note, text="ở phòng làm việc")
    for each in (tablet, author, reader):
        each.round()
    assert texts(reader) == ["trên máy tính bảng", "ở phòng làm việc"]
    author.desk.notes.edit(note, text="chung")
    author.round()
    reader.round()
    assert texts(reader) == ["chung"]


def test_a_note_shared_twice_over_is_one_note(author: ClientDevice, reader: ClientDevice) -> None:
    note = note_on(author, "một lần")
    share_one(author, note, READER)
    share_all(author, READER)
    author.round()
    reader.round()
    assert texts(reader) == ["một lần"]
    share_one(author, note)
    author.round()
    reader.round()
    assert texts(reader) == ["một lần"]


def test_what_a_full_snapshot_has_stays_and_what_it_lacks_goes(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note_on(author, "cùng tài liệu")
    share_all(author, READER)
    author.round()
    reader.round()
    document = paper_of(reader)
    simulator.begin_new_feed_epoch()
    reader.round()
    assert texts(reader) == ["cùng tài liệu"]
    simulator.feeds[READER] = [row for row in simulator.feeds[READER] if row.kind is not RowKind.SHARE]
    simulator.epoch = "without the share"
    reader.round()
    assert reader.desk.sharing.of_paper(document).others == ()


# ---------------------------------------------------------------- taking back


def test_after_taking_back_nothing_is_left_with_the_reader_nor_sealed_for_him(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note = note_on(author, "đã xem")
    share_all(author, READER, "finance")
    author.round()
    reader.round()
    first = the_share(simulator)
    before = set(simulator.shared)
    share_all(author, "finance")
    author.desk.notes.edit(note, text="không dành cho người ấy")
    author.round()
    second = the_share(simulator)
    assert second.replaces == (first.share,)
    assert {share for share, _ in set(simulator.shared) - before} == {second.share}
    devices = {device_of(each.sealing_key) for each in simulator.replayed.devices(READER)}  # type: ignore[union-attr]
    assert not [key for key in simulator.share_keys.values() if key.key == second.share and key.device in devices]
    reader.round()
    assert others(reader) == []
    # Even if the server brings back what was taken: it shows what was read before, and nothing since.
    simulator.slip_in(READER, first)
    for (share, _), sealed in simulator.shared.items():
        simulator.slip_in(READER, replace(sealed, share=first.share))
        assert share in {first.share, second.share}
    for key in simulator.share_keys.values():
        simulator.slip_in(READER, key, RowKind.SHARE_KEY)
    reader.round()
    assert texts(reader) == ["đã xem"]


def test_taken_back_from_everybody_it_is_nobodys(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    share_all(author)
    assert author.desk.sharing.of_paper(paper_of(author)).shares == ()
    note_on(author, "hai")
    author.round()
    reader.round()
    assert others(reader) == []
    assert len(simulator.shared) == 1
    share_all(author, READER)
    author.round()
    reader.round()
    assert texts(reader) == ["hai", "một"]


def test_shared_and_taken_back_before_it_was_sent_nothing_of_it_leaves(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    share_all(author)
    author.round()
    assert simulator.shared == {}
    reader.round()
    assert others(reader) == []


def test_two_devices_that_shared_apart_both_count_until_one_takes_back(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice
) -> None:
    tablet = device("third", AUTHOR)
    note_on(author, "một")
    for each in (author, tablet, author):
        each.round()
    share_all(author, READER)
    share_all(tablet, READER, "finance")
    for each in (author, tablet, author):
        each.round()
    named = author.desk.sharing.of_paper(paper_of(author)).share_of(None)
    assert {each.person for each in named} == {READER, "finance"}
    share_all(author, "finance")
    author.round()
    reader.round()
    assert others(reader) == []


# ---------------------------------------------------------------- devices


def test_another_device_of_the_readers_reads_along_from_either_side(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    reader.round()
    tablet = device("third", READER)
    tablet.round()
    assert others(tablet) == []
    reader.round()
    tablet.round()
    assert texts(tablet) == ["một"]


def test_the_author_hands_the_key_to_a_readers_later_device(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    tablet = device("third", READER)
    author.round()
    tablet.round()
    assert texts(tablet) == ["một"]


def test_any_device_of_the_authors_goes_on_sharing(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    tablet = device("third", AUTHOR)
    author.round()
    tablet.round()
    assert [each.note for each in tablet.desk.sharing.of_paper(paper_of(tablet)).shares] == [None]
    note_on(tablet, "từ máy tính bảng")
    tablet.round()
    reader.round()
    assert texts(reader) == ["một", "từ máy tính bảng"]
    share_all(tablet)
    tablet.round()
    reader.round()
    assert others(reader) == []


@pytest.mark.parametrize("whose", [AUTHOR, READER])
def test_when_a_device_is_revoked_what_it_shared_or_read_goes_on_under_another_key(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice, simulator: Simulator, whose: str
) -> None:
    lost = device("third", whose)
    for each in (author, reader, lost):
        each.round()
    maker = lost if whose == AUTHOR else author
    note_on(maker, "một")
    share_all(maker, READER)
    for each in (maker, author, lost, reader, author):
        each.round()
    first = the_share(simulator)
    simulator.revoke_device(lost.keys.chain[0], whose)
    author.round()
    second = the_share(simulator)
    assert second.replaces == (first.share,)
    gone = device_of(lost.keys.sealing_public_key)
    assert gone not in {key.device for key in simulator.share_keys.values() if key.key == second.share}
    note_on(author, "hai")
    author.round()
    reader.round()
    assert texts(reader) == ["hai", "một"]


def test_the_author_takes_back_from_a_new_device_what_only_a_lost_one_had_shared(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice, simulator: Simulator
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    reader.round()
    simulator.revoke_device(author.keys.chain[0], AUTHOR)
    new = device("third", AUTHOR)
    new.round()
    assert new.desk.sharing.of_paper(paper_of(new)).shares == ()
    assert new.desk.sharing.share(paper_of(new), None, [])
    new.round()
    reader.round()
    assert others(reader) == []
    assert not new.desk.sharing.share(paper_of(new), None, [])


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("fault", [Fault.REPLY_LOST, Fault.REQUEST_LOST, Fault.DONE_TWICE, Fault.SERVER_ERROR])
def test_lost_and_repeated_messages_share_once(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator, fault: Fault
) -> None:
    note_on(author, "một")
    share_all(author, READER)
    author.wire.faults_at[r"POST .*/shares"] = fault
    author.sync.once()
    author.wire.faults_at.clear()
    author.round()
    assert len(simulator.shares) == len(simulator.shared) == 1
    reader.round()
    assert texts(reader) == ["một"]


def test_a_share_that_is_refused_says_so_and_keeps_nothing_else_back(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note = note_on(author, "một")
    share_one(author, note, READER)
    share_all(author, "secretary", "registrar")
    author.round()
    reader.round()
    assert texts(reader) == ["một"]
    (refused,) = (
        each for each in author.desk.sharing.of_paper(paper_of(author)).shares if each.state is ShareState.REFUSED
    )
    assert refused.refusal is not None
    assert (refused.refusal.reason, refused.refusal.what) == (Reason.NO_RIGHT, "registrar")
    share_all(author, "secretary")
    author.round()
    states = {each.note: each.state for each in author.desk.sharing.of_paper(paper_of(author)).shares}
    assert states == {note: ShareState.SENT, None: ShareState.SENT}


def test_those_who_may_read_the_paper_are_offered_and_nobody_else(author: ClientDevice, reader: ClientDevice) -> None:
    offered = [each.person for each in author.desk.sharing.colleagues(paper_of(author))]
    assert set(offered) == {"secretary", "chair", "finance", "construction", READER}
    assert reader.person in offered


# ---------------------------------------------------------------- lies


def secret_of(simulator: Simulator, share: NoteShare, device: ClientDevice) -> bytes:
    """The key, as a reader has it, who may be in league with the server."""
    own = device_of(device.keys.sealing_public_key)
    key = next(each for each in simulator.share_keys.values() if (each.key, each.device) == (share.share, own))
    secret = unwrap_key(simulator.body, share.share, key.wrapped, device.keys.sealing_private_key)
    assert secret is not None
    return secret


def test_a_stranger_who_is_handed_everything_sees_nothing(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice, simulator: Simulator
) -> None:
    note_on(author, "không dành cho người lạ")
    share_all(author, READER)
    author.round()
    stranger = device("third", STRANGER)
    simulator.slip_in(STRANGER, the_share(simulator))
    for key in simulator.share_keys.values():
        simulator.slip_in(STRANGER, key, RowKind.SHARE_KEY)
    for note in simulator.shared.values():
        simulator.slip_in(STRANGER, note)
    stranger.round()
    assert others(stranger) == []
    share = the_share(simulator)
    sealed = next(iter(simulator.shared.values()))
    for key in simulator.share_keys.values():
        assert unwrap_key(simulator.body, share.share, key.wrapped, stranger.keys.sealing_private_key) is None
    assert "người lạ".encode() not in sealed.ciphertext
    assert "người lạ" not in repr(simulator.feeds)


def test_the_server_can_add_no_reader(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice, simulator: Simulator
) -> None:
    """Neither to a share that is on its way to another device of the author's, nor in one of its own making."""
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    share = the_share(simulator)
    tablet = device("third", AUTHOR)
    widened = replace(share, share=new_id(simulator.now), readers=(READER, STRANGER))
    for forged in (widened, replace(widened, share=new_id(simulator.now), signature=b"")):
        simulator.shares[forged.share] = forged
        simulator.slip_in(AUTHOR, forged)
    for each in (author, tablet, author, tablet):
        each.round()
    strangers = {device_of(each.sealing_key) for each in simulator.replayed.devices(STRANGER)}  # type: ignore[union-attr]
    assert not [key for key in simulator.share_keys.values() if key.device in strangers]
    assert {note.share for note in simulator.shared.values()} == {share.share}
    shown = tablet.desk.sharing.of_paper(paper_of(tablet)).shares
    assert [[each.person for each in one.readers] for one in shown] == [[READER]]


def test_a_key_that_the_server_made_opens_and_seals_nothing(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    """It knows the register, and so could wrap a key of its own to anybody, and read what is sealed under it."""
    note_on(author, "một")
    share_all(author, READER)
    author.round()
    share = the_share(simulator)
    to = reader.keys.sealing_public_key
    honest = next(key for key in simulator.share_keys.values() if key.device == device_of(to))
    swapped = replace(honest, wrapped=wrap_key(simulator.body, share.share, bytes(32), to))
    simulator.feeds[READER] = [row for row in simulator.feeds[READER] if row.other != honest]
    simulator.slip_in(READER, swapped, RowKind.SHARE_KEY)
    reader.round()
    assert others(reader) == []


def test_a_note_that_a_reader_made_up_in_league_with_the_server_is_not_shown(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note = note_on(author, "của tác giả")
    share_all(author, READER)
    author.round()
    share, (sealed,) = the_share(simulator), simulator.shared.values()
    secret = secret_of(simulator, share, reader)
    said = open_note(simulator.body, share, secret, sealed)
    assert said is not None
    for by in (share.by, device_of(reader.keys.sealing_public_key)):
        forged = replace(said, edit=new_id(simulator.now), replaces=(said.edit,), text="bịa đặt")
        ciphertext = seal_note(simulator.body, share, secret, forged)
        made_up = SharedNote(
            share=share.share, edit=forged.edit, note=note, ciphertext=ciphertext, by=by, signature=b""
        )
        signature = reader.keys.device_sign(shared_note_message(simulator.body, made_up))
        simulator.slip_in(READER, replace(made_up, signature=signature))
    reader.round()
    assert texts(reader) == ["của tác giả"]


def test_a_note_can_be_moved_to_no_other_share_note_or_paper(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    document, other = (line.document for line in author.desk.papers.all())
    note = note_on(author, "trên tài liệu này")
    share_one(author, note, READER)
    author.desk.sharing.share(other, None, [READER])
    author.round()
    on_this, on_other = (
        next(each for each in simulator.shares.values() if each.document == paper) for paper in (document, other)
    )
    (sealed,) = simulator.shared.values()
    simulator.feeds[READER] = [row for row in simulator.feeds[READER] if row.other != sealed]
    for moved in (
        replace(sealed, share=on_other.share),
        replace(sealed, note=new_id(simulator.now)),
        replace(sealed, edit=new_id(simulator.now)),
    ):
        simulator.slip_in(READER, moved)
    reader.round()
    for paper in (document, other):
        assert reader.desk.sharing.of_paper(paper).others == ()
    assert on_this.note == note


def test_an_older_state_that_comes_again_changes_nothing(
    author: ClientDevice, reader: ClientDevice, simulator: Simulator
) -> None:
    note = note_on(author, "cũ")
    share_all(author, READER)
    author.round()
    (old,) = simulator.shared.values()
    author.desk.notes.edit(note, text="mới")
    author.round()
    reader.round()
    simulator.slip_in(READER, old)
    reader.round()
    assert texts(reader) == ["mới"]


def test_nobodys_note_passes_for_another_authors(
    author: ClientDevice, reader: ClientDevice, device: MakeDevice, simulator: Simulator
) -> None:
    """Another author names his note, and what it stands in for, like the first one's."""
    note_on(author, "của Sở Nội vụ")
    share_all(author, READER)
    author.round()
    (sealed,) = simulator.shared.values()
    said = open_note(simulator.body, the_share(simulator), secret_of(simulator, the_share(simulator), reader), sealed)
    assert said is not None
    rival = device("third", STRANGER)
    unsigned = NoteShare(
        share=new_id(simulator.now),
        author=STRANGER,
        document=paper_of(author),
        note=None,
        readers=(READER,),
        replaces=(the_share(simulator).share,),
        made_at=simulator.now,
        by=device_of(rival.keys.sealing_public_key),
        signature=b"",
    )
    share = replace(unsigned, signature=rival.keys.device_sign(share_message(simulator.body, unsigned)))
    forged = replace(said, edit=new_id(simulator.now), replaces=(said.edit,), text="giả danh")
    secret, to = bytes(range(32)), reader.keys.sealing_public_key
    wrapped = wrap_key(simulator.body, share.share, secret, to)
    key = replace(next(iter(simulator.share_keys.values())), key=share.share, device=device_of(to), by=share.by)
    key = replace(key, wrapped=wrapped)
    key = replace(key, signature=rival.keys.device_sign(share_key_message(simulator.body, key)))
    note = SharedNote(
        share=share.share,
        edit=forged.edit,
        note=forged.note,
        ciphertext=seal_note(simulator.body, share, secret, forged),
        by=share.by,
        signature=b"",
    )
    note = replace(note, signature=rival.keys.device_sign(shared_note_message(simulator.body, note)))
    simulator.shares[share.share] = share
    simulator.slip_in(READER, share)
    simulator.slip_in(READER, key, RowKind.SHARE_KEY)
    simulator.slip_in(READER, note)
    reader.round()
    said_by = {view.author.person: view.latest.text for view in others(reader) if view.author is not None}
    assert said_by == {AUTHOR: "của Sở Nội vụ", STRANGER: "giả danh"}
    assert len({view.key for view in others(reader)}) == 2
