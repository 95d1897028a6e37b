"""A witness answers as C2SP says, and never cosigns what does not continue what it cosigned."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ecabinet.core.checkpoint import open_checkpoint, unverified
from ecabinet.core.cosignature import cosign, open_cosignature, open_cosignatures
from ecabinet.core.ledger import ProofError
from ecabinet.core.signed_note import NoteKey, NoteSignature, SignedNote
from ecabinet.core.witnessing import AddCheckpoint, Asked, Declined, Status, read_request, require_continuation
from ecabinet.keys.durable import TakenError
from ecabinet.witness.records import DamagedRecord, Records
from ecabinet.witness.setup import Folder, KnownLogs, Misconfigured, look_over
from ecabinet.witness.witness import Witness
from tests.witness.parties import AT, NAME, ORIGIN, Log, open_witness

LOG = Log()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    witness, records = open_witness(tmp_path, LOG.key)
    yield witness
    records.close()


def declined(witness: Witness, text: str) -> tuple[Status, int | None]:
    with pytest.raises(Declined) as caught:
        witness.add_checkpoint(text)
    return caught.value.status, caught.value.size


def cosigned(witness: Witness, text: str) -> NoteSignature:
    """What came of a request, held against its checkpoint."""
    signature = witness.add_checkpoint(text)
    note = SignedNote.from_text(AddCheckpoint.from_text(text).note)
    open_cosignature(note.text, signature, witness.key)
    return signature


# ---------------------------------------------------------------- the request


def test_a_request_has_the_form_of_the_specification() -> None:
    text = LOG.request(2, 5)
    lines = text.split("\n")
    assert lines[0] == "old 2"
    assert lines[lines.index("") + 1] == ORIGIN
    assert AddCheckpoint.from_text(text).text() == text


def test_the_example_of_the_specification_reads() -> None:
    text = (
        "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE"
        "+xeMcTOAYQ8=\n"
    )
    request = AddCheckpoint.from_text(text)
    assert (request.old_size, len(request.proof), unverified(request.note).size) == (20852014, 4, 20852163)
    assert request.text() == text


@given(st.text(max_size=200), st.integers(0, 600), st.integers(0, 3), st.text(st.characters(), max_size=3))
def test_no_text_makes_the_reader_fall_over(text: str, place: int, length: int, instead: str) -> None:
    whole = LOG.request(3, 7)
    place %= len(whole)
    for mess in (text, whole[:place] + instead + whole[place + length :]):
        with suppress(ProofError):
            assert AddCheckpoint.from_text(mess).text() == mess
        with suppress(Declined):
            asked = read_request(mess, {ORIGIN: [LOG.key.note_key]})
            assert asked.signed.text == SignedNote.from_text(LOG.note(7)).text


# ---------------------------------------------------------------- the answers


def test_it_cosigns_what_grows(witness: Witness) -> None:
    for old, size in ((0, 1), (1, 4), (4, 4), (4, 9)):
        cosigned(witness, LOG.request(old, size))


def test_unknown_logs_and_strangers_signatures(witness: Witness) -> None:
    other = Log("ecabinet/H00.2/1")
    assert declined(witness, other.request(0, 3)) == (Status.UNKNOWN_LOG, None)
    stranger = Log(seed=9)
    assert declined(witness, stranger.request(0, 3)) == (Status.NOT_THE_LOGS, None)
    note = SignedNote.from_text(LOG.note(3))
    forged = NoteSignature(ORIGIN, LOG.key.key_id, bytes(64))
    text = AddCheckpoint(old_size=0, proof=(), note=str(SignedNote(note.text, (forged,)))).text()
    assert declined(witness, text) == (Status.NOT_THE_LOGS, None)
    # Unknown signatures beside the log's are ignored, whatever they are.
    crowd = note.adding([NoteSignature("somebody", b"abcd", b"nonsense")])
    cosigned(witness, AddCheckpoint(old_size=0, proof=(), note=str(crowd)).text())


def test_any_of_a_logs_keys_will_do(tmp_path: Path) -> None:
    old, new = Log(seed=1), Log(seed=2)
    asked = read_request(new.request(0, 3), {ORIGIN: [old.key.note_key, new.key.note_key]})
    assert asked.checkpoint.size == 3


def test_malformed_requests(witness: Witness) -> None:
    good = LOG.request(0, 3)
    for text in (
        "",
        "old 0\n",
        good.replace("old 0", "old 00"),
        good.replace("old 0", "Old 0"),
        good.replace("old 0", "old -1"),
        good.replace("old 0", "old 0 "),
        good.replace("\n", "\r\n"),
        good[:-1],
        good.replace("old 0\n", "old 0\nAAAA\n"),
        good.replace("old 0\n", "old 0\n" + "A" * 43 + "=\n" + ("A" * 43 + "=\n") * 63),
        LOG.request(5, 3),  # "The old size MUST be equal to or lower than the checkpoint size."
    ):
        assert declined(witness, text) == (Status.MALFORMED, None)


def test_another_old_size_is_told_the_right_one(witness: Witness) -> None:
    assert declined(witness, LOG.request(2, 3)) == (Status.CONFLICT, 0)
    cosigned(witness, LOG.request(0, 3))
    assert declined(witness, LOG.request(0, 5)) == (Status.CONFLICT, 3)
    assert declined(witness, LOG.request(2, 2)) == (Status.CONFLICT, 3)
    cosigned(witness, LOG.request(3, 5))


def test_a_false_proof_is_not_processable(witness: Witness) -> None:
    one = bytes(32)
    first = LOG.note(3)
    assert declined(witness, AddCheckpoint(old_size=0, proof=(one,), note=first).text()) == (Status.NOT_PROVEN, None)
    cosigned(witness, LOG.request(0, 3))
    honest = AddCheckpoint.from_text(LOG.request(3, 6))
    for proof in ((), honest.proof[1:], (*honest.proof, one), tuple(reversed(honest.proof))):
        text = AddCheckpoint(old_size=3, proof=proof, note=honest.note).text()
        assert declined(witness, text) == (Status.NOT_PROVEN, None)
    assert declined(witness, AddCheckpoint(old_size=3, proof=(one,), note=first).text()) == (Status.NOT_PROVEN, None)


def test_a_second_history_is_never_cosigned(witness: Witness) -> None:
    cosigned(witness, LOG.request(0, 5))
    assert declined(witness, LOG.request(5, 5, "b")) == (Status.CONFLICT, 5)
    for fork_at in range(5):
        assert declined(witness, LOG.request(5, 8, "b", fork_at)) == (Status.NOT_PROVEN, None)
    cosigned(witness, LOG.request(5, 8))


def test_extension_lines_of_other_logs_are_cosigned_with_the_rest(witness: Witness) -> None:
    text = SignedNote.from_text(LOG.note(3)).text + "more than ours say\n"
    signature = NoteSignature(ORIGIN, LOG.key.key_id, LOG.private_key.sign(text.encode()))
    note = str(SignedNote(text, (signature,)))
    cosigned(witness, AddCheckpoint(old_size=0, proof=(), note=note).text())
    assert declined(witness, LOG.request(0, 5)) == (Status.CONFLICT, 3)


def test_an_empty_tree_is_cosigned_if_it_is_empty(witness: Witness) -> None:
    cosigned(witness, LOG.request(0, 0))
    forged = LOG.note(0).replace(LOG.note(0).split("\n")[2], "A" * 43 + "=")
    assert declined(witness, AddCheckpoint(old_size=0, proof=(), note=forged).text())[0] is Status.NOT_THE_LOGS


def test_its_words_never_go_back_in_time(tmp_path: Path) -> None:
    times = [AT, AT - timedelta(hours=1), AT + timedelta(seconds=2)]
    witness, records = open_witness(tmp_path, LOG.key, clock=iter([times[0], times[1], times[2]]).__next__)
    said = [cosigned(witness, LOG.request(old, old + 1)) for old in range(3)]
    seconds = [int.from_bytes(each.data[:8], "big") for each in said]
    assert seconds == [int(AT.timestamp()), int(AT.timestamp()), int(AT.timestamp()) + 2]
    records.close()


# ---------------------------------------------------------------- what it keeps


def test_it_remembers_after_a_restart_and_no_two_have_one_folder(tmp_path: Path) -> None:
    witness, records = open_witness(tmp_path, LOG.key)
    cosigned(witness, LOG.request(0, 4))
    with pytest.raises(TakenError):
        open_witness(tmp_path, LOG.key)
    records.close()
    again, records = open_witness(tmp_path, LOG.key)
    assert declined(again, LOG.request(0, 4)) == (Status.CONFLICT, 4)
    cosigned(again, LOG.request(4, 6))
    records.close()


@pytest.mark.parametrize(
    "spoil", [lambda data: b"", lambda data: data[:-9], lambda data: data[1:], lambda data: b"\xff"]
)
def test_a_record_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    witness, records = open_witness(tmp_path, LOG.key)
    cosigned(witness, LOG.request(0, 4))
    (file,) = tmp_path.glob("*.note")
    file.write_bytes(spoil(file.read_bytes()))
    for text in (LOG.request(0, 5), LOG.request(4, 5)):
        with pytest.raises(DamagedRecord):
            witness.add_checkpoint(text)
    records.close()


def test_a_record_of_another_log_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    other = Log("ecabinet/H00.2/1")
    witness, records = open_witness(tmp_path, LOG.key, other.key)
    cosigned(witness, LOG.request(0, 4))
    (file,) = tmp_path.glob("*.note")
    cosigned(witness, other.request(0, 2))
    (second,) = set(tmp_path.glob("*.note")) - {file}
    second.write_bytes(file.read_bytes())
    with pytest.raises(DamagedRecord):
        witness.add_checkpoint(other.request(4, 5))
    records.close()


def test_nothing_is_answered_that_is_not_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    witness, records = open_witness(tmp_path, LOG.key)
    cosigned(witness, LOG.request(0, 4))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ecabinet.witness.records.replace_file", full)
        with pytest.raises(OSError, match="No space"):
            witness.add_checkpoint(LOG.request(4, 6))
    assert declined(witness, LOG.request(6, 7)) == (Status.CONFLICT, 4)
    records.close()


class Machine(RuleBasedStateMachine):
    """Any requests, honest and not, in any order, with restarts between: the cosigned trees are of one history."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.said: list[tuple[int, bytes]] = []
        self.witness, self.records = open_witness(Path(self.folder.name), LOG.key)

    def teardown(self) -> None:
        if hasattr(self, "records"):
            self.records.close()
            self.folder.cleanup()

    @rule(old=st.integers(0, 12), size=st.integers(0, 12), history=st.sampled_from("ab"), fork_at=st.integers(0, 12))
    def ask(self, old: int, size: int, history: str, fork_at: int) -> None:
        text = LOG.request(old, size, history, fork_at)
        try:
            cosigned(self.witness, text)
        except Declined:
            return
        self.said.append((size, LOG.tree(size, history, fork_at).root()))

    @rule(size=st.integers(0, 12), history=st.sampled_from("ab"))
    def ask_on(self, size: int, history: str) -> None:
        self.ask(self.said[-1][0] if self.said else 0, size, history, 0)

    @rule()
    def restart(self) -> None:
        self.records.close()
        self.witness, self.records = open_witness(Path(self.folder.name), LOG.key)

    @invariant()
    def it_is_one_history(self) -> None:
        if not hasattr(self, "said") or not self.said:
            return
        assert [size for size, _ in self.said] == sorted(size for size, _ in self.said)
        last = self.records.last(ORIGIN)
        assert last is not None
        assert (last.checkpoint.size, last.checkpoint.root) == self.said[-1]
        roots: dict[int, bytes] = {}
        for size, root in self.said:
            assert roots.setdefault(size, root) == root


Machine.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestMachine = Machine.TestCase


# ---------------------------------------------------------------- its folder


def test_a_folder_is_set_up_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "w")
    with pytest.raises(Misconfigured):
        folder.name(None)
    with pytest.raises(Misconfigured):
        folder.name("two words")
    assert folder.name(NAME) == folder.name(None) == NAME
    with pytest.raises(Misconfigured):
        folder.name("another.example")
    assert folder.key().private_bytes_raw() == folder.key().private_bytes_raw()
    assert (folder.path / "witness.key").stat().st_mode & 0o077 == 0


def test_the_list_of_logs(tmp_path: Path) -> None:
    folder, second = Folder(tmp_path), Log(seed=2)
    assert folder.logs() == {}
    key, other = LOG.key.note_key, second.key.note_key
    text = f"# known\n\nlog {key.text()}\n  log\t{other.text()} https://ecabinet.example/\n"
    (tmp_path / "logs").write_text(text)
    assert folder.logs() == {ORIGIN: [key, other]}
    witness_key = key.text().replace("+", "+", 1)
    for wrong in ("log", f"witness {key.text()}", f"log {key.text()[:-1]}", f"log {witness_key} a b", "log a+b+c"):
        (tmp_path / "logs").write_text(wrong)
        with pytest.raises(Misconfigured, match="logs:1"):
            folder.logs()


def test_a_log_that_is_written_into_the_list_is_known_at_once(tmp_path: Path) -> None:
    folder, told = Folder(tmp_path), list[str]()
    known = KnownLogs(folder, told.append)
    assert known() == {}
    (tmp_path / "logs").write_text(f"log {LOG.key.note_key.text()}\n")
    assert list(known()) == [ORIGIN]
    (tmp_path / "logs").write_text("no log at all\n")
    os.utime(tmp_path / "logs", ns=(1, 1))  # whatever the file system's clock can tell apart
    assert list(known()) == [ORIGIN]
    assert len(told) == 1


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "w")
    assert [each.is_wrong for each in look_over(folder)] == [True]
    name, private = folder.name(NAME), folder.key()
    assert name == NAME
    folder.path.chmod(0o700)
    assert "It knows no log" in " ".join(each.en for each in look_over(folder))
    (folder.path / "logs").write_text(f"log {LOG.key.note_key.text()}\n")
    assert not any(each.is_wrong for each in look_over(folder))
    note = SignedNote.from_text(LOG.note(4))
    records = Records(
        folder.records, NoteKey.from_text(next(iter(look_over(folder))).en.removeprefix("Verifier key: "))
    )
    assert "in use" in " ".join(each.en for each in look_over(folder))
    records.advance(note.adding([cosign(note.text, NAME, private, AT)]))
    records.close()
    assert f"{ORIGIN}: 4 entries cosigned" in " ".join(each.en for each in look_over(folder))
    (file,) = folder.records.glob("*.note")
    file.write_bytes(b"")
    assert "damaged" in " ".join(each.en for each in look_over(folder) if each.is_wrong)


def test_the_note_it_keeps_can_be_handed_on(witness: Witness, tmp_path: Path) -> None:
    cosigned(witness, LOG.request(0, 4))
    (file,) = tmp_path.glob("*.note")
    note = file.read_text(encoding="utf-8")
    assert open_checkpoint(note, LOG.key).size == 4
    assert len(open_cosignatures(note, [witness.key])) == 1


def test_continuation_is_judged_without_any_state() -> None:
    request = AddCheckpoint.from_text(LOG.request(0, 2))
    asked = Asked(request=request, signed=SignedNote.from_text(request.note), checkpoint=unverified(request.note))
    require_continuation(asked, None)
    with pytest.raises(Declined):
        require_continuation(asked, unverified(LOG.note(1)))
