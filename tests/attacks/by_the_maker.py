"""By whoever makes a bundle, or has it in his hands: no key of the body's is needed, but to seal what was changed.

The secretary who seals is his accomplice: what only the seal would show is not asked here, but in the last attacks.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ecabinet.core import codec
from ecabinet.core.ballots import BallotOpened
from ecabinet.core.checkpoint import Checkpoint, Receipt
from ecabinet.core.evidence import Check, Culprit
from ecabinet.core.evidence.bundle import LedgerProofs
from ecabinet.core.ledger import ENTRY_SIZE
from ecabinet.core.protocol import SeenProof
from tests.attacks.table import BESIDES, Attacks
from tests.bundles import files_of, named, resealed, sealed
from tests.cabinet import Appended, Cabinet

Files: TypeAlias = dict[str, bytes]

ON_FILES = Attacks[Callable[[Files], Files]]("Whoever makes a bundle, or has it in his hands")
"""From the files of an honest bundle to others, which are then sealed again."""
ON_A_BODY = Attacks[Callable[[Cabinet], bytes]](ON_FILES.by)
"""From a body whose ballot is open to a bundle."""

_FOLDERS = ("mimetype", "README.txt", "policy.json", "certificates", "register", "publications", "ballot")
_ORDER = (*_FOLDERS, "ledger", "papers", "META-INF")


def in_order(files: Files) -> Files:
    """As the container wants them."""
    return dict(sorted(files.items(), key=lambda file: (_ORDER.index(file[0].partition("/")[0]), file[0])))


def opinions(files: Files) -> list[str]:
    """The opinions, by leaf, without the end of their names."""
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".opinion.json"))


def without(files: Files, *stems: str) -> Files:
    return {name: data for name, data in files.items() if not name.startswith(stems)}


def filed(stem: str, appended: Appended) -> Files:
    return {f"{stem}.json": appended.envelope.statement, f"{stem}.p7s": appended.envelope.signature}


# ---------------------------------------------------------------- opinions


@ON_FILES("drop an opinion", Check.COMPLETENESS, Culprit.BUNDLE)
def drop_an_opinion(files: Files) -> Files:
    return without(files, opinions(files)[0])


@ON_FILES("entry hidden from the bundle", Check.INCLUSION, Culprit.BUNDLE)
def drop_an_opinion_and_its_entry(files: Files) -> Files:
    entries = files["ledger/entries.bin"]
    return {**drop_an_opinion(files), "ledger/entries.bin": entries[:ENTRY_SIZE] + entries[2 * ENTRY_SIZE :]}


@ON_FILES("entry hidden from the bundle", Check.INCLUSION, Culprit.BUNDLE)
def let_the_entries_begin_after_the_first_opinions(files: Files) -> Files:
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    later = codec.dump(replace(proofs, first_leaf=proofs.first_leaf + 3))
    return {**files, "ledger/entries.bin": files["ledger/entries.bin"][3 * ENTRY_SIZE :], "ledger/proofs.json": later}


@ON_A_BODY("entry hidden from the bundle", Check.REGISTER, Culprit.BUNDLE)
def hide_a_revocation(body: Cabinet) -> bytes:
    body.revoke("finance")
    hidden = body.register[-1].leaf
    body.close()
    body.announce()
    files = without(files_of(sealed(body)), f"register/{hidden:08d}.")
    return resealed(files, body.devices["secretary"].signer(), body)


@ON_FILES("alter text", Check.SIGNATURES, Culprit.BUNDLE)
def alter_the_text_of_an_opinion(files: Files) -> Files:
    name = f"{opinions(files)[0]}.json"
    return {**files, name: files[name].replace(b'"option":"agree"', b'"option":"other"', 1)}


@ON_FILES("alter a signature", Check.SIGNATURES, Culprit.BUNDLE)
def alter_a_signature(files: Files) -> Files:
    name = f"{opinions(files)[0]}.p7s"
    return {**files, name: files[name][:-1] + bytes([files[name][-1] ^ 1])}


@ON_FILES("alter a signature", Check.SIGNATURES, Culprit.BUNDLE)
def put_one_signature_under_another_opinion(files: Files) -> Files:
    first, second, *_ = opinions(files)
    return {**files, f"{first}.p7s": files[f"{second}.p7s"]}


@ON_FILES("re-date", Check.INCLUSION, Culprit.BUNDLE)
def date_an_entry_back(files: Files) -> Files:
    entries = bytearray(files["ledger/entries.bin"])
    entries[2 * ENTRY_SIZE - 1] ^= 1
    return {**files, "ledger/entries.bin": bytes(entries)}


@ON_FILES("re-date", Check.REGISTER, Culprit.BUNDLE)
def date_an_enrolment_back(files: Files) -> Files:
    name = "register/00000001.enrolled.tlog-proof"
    receipt = Receipt.from_text(files[name].decode())
    earlier = replace(receipt.entry, accepted_at=receipt.entry.accepted_at.replace(year=2025))
    return {**files, name: replace(receipt, entry=earlier).text().encode()}


@ON_FILES("duplicate", Check.ORDER, Culprit.BUNDLE)
def file_an_opinion_twice(files: Files) -> Files:
    first = opinions(files)[0]
    free = f"ballot/{int(first[7:15]) + 2:08d}.opinion"  # where the ledger has a meeting
    assert f"{free}.json" not in files
    return in_order(files | {f"{free}{end}": files[f"{first}{end}"] for end in (".json", ".p7s")})


@ON_FILES("reorder", Check.INCLUSION, Culprit.BUNDLE)
def exchange_two_opinions(files: Files) -> Files:
    first, second, *_ = opinions(files)
    exchanged = {f"{first}{end}": files[f"{second}{end}"] for end in (".json", ".p7s")}
    return files | exchanged | {f"{second}{end}": files[f"{first}{end}"] for end in (".json", ".p7s")}


@ON_FILES("reorder", Check.ORDER, Culprit.BUNDLE)
def file_the_closing_before_the_last_opinions(files: Files) -> Files:
    closing, free = named(files, "ballot.closed.json")[:15], f"ballot/{int(opinions(files)[0][7:15]) + 2:08d}"
    return in_order({name.replace(closing, free): data for name, data in files.items()})


@ON_FILES("reorder", Check.ORDER, Culprit.BUNDLE)
def exchange_two_entries(files: Files) -> Files:
    entries = files["ledger/entries.bin"]
    parts = [entries[place : place + ENTRY_SIZE] for place in range(0, len(entries), ENTRY_SIZE)]
    parts[1], parts[2] = parts[2], parts[1]
    return {**files, "ledger/entries.bin": b"".join(parts)}


@ON_A_BODY("opinion of another ballot", Check.WORDING, Culprit.BUNDLE)
def file_an_opinion_of_another_ballot(body: Cabinet) -> bytes:
    """At its own leaf, where the ledger has it for that other ballot."""
    mine = body.opening
    body.open_ballot()
    other = body.answer("finance")
    body.current_ballot = mine
    body.close()
    body.announce()
    files = in_order(files_of(sealed(body)) | filed(f"ballot/{other.leaf:08d}.opinion", other))
    return resealed(files, body.devices["secretary"].signer(), body)


# ---------------------------------------------------------------- register, wording, papers, ledger


@ON_A_BODY("clone of the roster", Check.FOUNDING, Culprit.BUNDLE)
def clone_the_whole_body(body: Cabinet) -> bytes:
    """The same names, offices and answers, under a registrar of one's own."""
    del body
    return sealed(Cabinet.with_result())


@ON_FILES("clone of the roster", Check.CONTAINER, Culprit.BUNDLE)
def put_the_register_of_a_clone_in(files: Files) -> Files:
    clone = files_of(sealed(Cabinet.with_result()))
    return {name: clone[name] if name.startswith("register/") else data for name, data in files.items()}


@ON_FILES("register cut short", Check.REGISTER, Culprit.BUNDLE)
def cut_the_register_short(files: Files) -> Files:
    return without(files, max(name for name in files if name.startswith("register/")).rpartition(".")[0])


@ON_FILES("register cut short", Check.REGISTER, Culprit.BUNDLE)
def cut_off_the_enrolment_of_somebody_who_answered(files: Files) -> Files:
    return without(files, "register/00000005.", "register/00000006.")


@ON_FILES("register cut short", Check.REGISTER, Culprit.BUNDLE)
def cut_everybody_off_but_the_registrar(files: Files) -> Files:
    return without(files, *(f"register/0000000{leaf}." for leaf in range(1, 7)))


@ON_FILES("register cut short", Check.REGISTER, Culprit.BUNDLE)
def take_a_link_out_of_the_register(files: Files) -> Files:
    return without(files, "register/00000003.")


@ON_FILES("changed wording", Check.SIGNATURES, Culprit.BUNDLE)
def change_the_wording(files: Files) -> Files:
    name = named(files, "ballot.opened.json")
    return {**files, name: files[name].replace("48 tỷ".encode(), "84 tỷ".encode())}


@ON_A_BODY("changed wording", Check.WORDING, Culprit.BUNDLE)
def have_other_words_signed_afterwards(body: Cabinet) -> bytes:
    """The secretary signs them, and seals; no opinion was given to them, and the ledger does not know them."""
    return _with_another_opening(body, replace(body.asked, subject="Về sử dụng toàn bộ dự phòng ngân sách"))


@ON_A_BODY("author outside the electorate", Check.WORDING, Culprit.BUNDLE)
def have_fewer_asked_afterwards(body: Cabinet) -> bytes:
    """So that somebody who did answer seems to be a stranger."""
    asked = body.asked.electorate
    fewer = tuple(each for each in asked.electors if each.person != "finance")
    return _with_another_opening(body, replace(body.asked, electorate=replace(asked, electors=fewer)))


def _with_another_opening(body: Cabinet, said: BallotOpened) -> bytes:
    body.answer("finance")
    body.close()
    body.announce()
    other = body.sign("secretary", said)
    stem = f"ballot/{body.opening.leaf:08d}.ballot.opened"
    changed = {**files_of(sealed(body)), f"{stem}.json": other.statement, f"{stem}.p7s": other.signature}
    return resealed(changed, body.devices["secretary"].signer(), body)


@ON_FILES("swapped paper", Check.PAPERS, Culprit.BUNDLE)
def swap_a_paper(files: Files) -> Files:
    return {**files, min(name for name in files if name.startswith("papers/")): b"%PDF-1.7 other"}


@ON_FILES("swapped paper", Check.PAPERS, Culprit.BUNDLE)
def add_a_paper_that_nobody_was_given(files: Files) -> Files:
    return in_order({**files, f"papers/{'0' * 64}": b"more"})


@ON_FILES("swapped paper", Check.PAPERS, Culprit.BUNDLE)
def keep_back_what_published_the_papers(files: Files) -> Files:
    return without(files, "publications/")


@ON_FILES("forged result", Check.SIGNATURES, Culprit.BUNDLE)
def alter_the_result(files: Files) -> Files:
    name = named(files, "ballot.result.json")
    return {**files, name: files[name].replace(b'"carried":null', b'"carried":"agree"', 1)}


def _with_checkpoint(files: Files, note: bytes) -> Files:
    return {name: data.replace(files["ledger/checkpoint"], note) for name, data in files.items()}


@ON_FILES("checkpoint unsigned or by an unknown key", Check.CHECKPOINT, Culprit.BUNDLE)
def sign_the_checkpoint_with_another_key(files: Files) -> Files:
    origin, size, root = files["ledger/checkpoint"].decode().split("\n")[:3]
    forged = Checkpoint(origin=origin, size=int(size), root=codec.from_value(bytes, root))
    return _with_checkpoint(files, forged.signed(Ed25519PrivateKey.generate()).encode())


@ON_FILES("checkpoint unsigned or by an unknown key", Check.CHECKPOINT, Culprit.BUNDLE)
def leave_the_checkpoint_unsigned(files: Files) -> Files:
    note = files["ledger/checkpoint"]
    return _with_checkpoint(files, note[: note.index("—".encode())] + "— nobody AAAAAAAA\n".encode())


@ON_FILES("split view to half of the clients", Check.SEEN, Culprit.BUNDLE)
def forge_a_consistency_proof(files: Files) -> Files:
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    bent = tuple(SeenProof(size=each.size, path=(*each.path[:-1], bytes(32))) for each in proofs.consistency)
    return {**files, "ledger/proofs.json": codec.dump(replace(proofs, consistency=bent))}


@ON_FILES("split view to half of the clients", Check.SEEN, Culprit.BUNDLE)
def leave_a_consistency_proof_out(files: Files) -> Files:
    proofs = codec.load(LedgerProofs, files["ledger/proofs.json"])
    return {**files, "ledger/proofs.json": codec.dump(replace(proofs, consistency=proofs.consistency[1:]))}


# ---------------------------------------------------------------- what the container itself says


@ON_FILES(BESIDES, Check.CONTAINER, Culprit.BUNDLE)
def exchange_the_authority(files: Files) -> Files:
    return {**files, "certificates/authority.pem": files["certificates/registrar.pem"]}


@ON_FILES(BESIDES, Check.CONTAINER, Culprit.BUNDLE)
def lower_the_policy(files: Files) -> Files:
    return {**files, "policy.json": files["policy.json"].replace(b"86400", b"86401")}


@ON_A_BODY(BESIDES, Check.CONTAINER, Culprit.BUNDLE)
def seal_as_a_member(body: Cabinet) -> bytes:
    body.close()
    body.announce()
    return resealed(files_of(sealed(body)), body.devices["finance"].signer(), body)
