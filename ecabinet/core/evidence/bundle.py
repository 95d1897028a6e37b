"""The layout of a bundle: which file holds what, made from a ballot's record and taken apart again.

    mimetype  README.txt  policy.json
    certificates/registrar.pem  certificates/authority.pem
    register/00000000.body.founded.json .p7s .tlog-proof   … every statement of the register
    publications/….documents.published.json .p7s .tlog-proof   … those that brought the ballot's papers
    ballot/….ballot.opened.json .p7s   … every statement of the ballot, up to the result
    minutes/….minutes.issued.json .p7s .tlog-proof   … if there are any
    ledger/checkpoint  ledger/entries.bin  ledger/proofs.json
    papers/<SHA-256>.pdf   … or none, by choice
    META-INF/ASiCManifest001.xml  META-INF/signature001.p7s
    META-INF/time-of-closing.tst   … if there is a time stamp, added when the bundle is saved
    META-INF/revocations/<SHA-256>.crl, .ocsp   … what outside authorities say of signers, added likewise

The number is the leaf. Normative, in words: docs/evidence.md.
"""

import base64
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from ecabinet.core import canonical, codec, envelope
from ecabinet.core.ballots import BallotClosed, BallotOpened, BallotResult, Opinion
from ecabinet.core.checkpoint import Receipt, unverified
from ecabinet.core.codec import Digest, MalformedError
from ecabinet.core.envelope import Envelope, Statement, UnknownStatementError
from ecabinet.core.evidence import container, manifest, readme
from ecabinet.core.evidence.container import Care, Content, Flaw, UnreadableBundle
from ecabinet.core.evidence.enclosed import is_revocation, read_revocations
from ecabinet.core.evidence.shelving import Shelf, ShelvedEnvelope, is_large
from ecabinet.core.ledger import ENTRY_SIZE, NO_TAG, Entry, ProofError, leaf_hash, shorten_range
from ecabinet.core.meetings import DocumentsPublished, DocumentVersion
from ecabinet.core.protocol import BallotRecord, PlacedEnvelope, SeenProof
from ecabinet.core.register import BodyFounded, WitnessPolicy, register_tag

MEDIA_TYPE = "application/vnd.etsi.asic-e+zip"
README = "README.txt"
POLICY = "policy.json"
REGISTRAR = "certificates/registrar.pem"
AUTHORITY = "certificates/authority.pem"
CHECKPOINT = "ledger/checkpoint"
ENTRIES = "ledger/entries.bin"
PROOFS = "ledger/proofs.json"
TIME_STAMP = "META-INF/time-of-closing.tst"
"""A time-stamp token (RFC 3161) over the entries from opening to closing. Last, so that it can be added later."""
_MIMETYPE = "mimetype"


class Folder(StrEnum):
    """Where the statements are, in this order."""

    REGISTER = "register"
    PUBLICATIONS = "publications"
    BALLOT = "ballot"
    MINUTES = "minutes"


_ALWAYS = (
    _MIMETYPE,
    README,
    POLICY,
    AUTHORITY,
    REGISTRAR,
    CHECKPOINT,
    ENTRIES,
    PROOFS,
    manifest.MANIFEST,
    manifest.SIGNATURE,
)
_STATEMENTS = tuple(f"{folder}/" for folder in Folder)
_STATEMENT = re.compile(
    r"(register|publications|ballot|minutes)/(\d{8,15})\.([a-z_]+(?:\.[a-z_]+)*)\.(json|p7s|tlog-proof)"
)
_PAPER = re.compile(r"papers/([0-9a-f]{64})(?:\.pdf)?")
_ORDER = [_MIMETYPE, README, POLICY, "certificates", *Folder, "ledger", "papers", "META-INF"]
_PDF_BEGINS_WITHIN = 1024
_SEEN_PROOF = re.compile(rb'\{"path":\[[A-Za-z0-9+/=",]*\],"size":\d+\}')
_PROOFS_BEGIN = b'{"consistency":['
_LARGEST_PROOFS = 32 * 1024 * 1024
_PROOFS_OF_EACH = 4 * 1024
"""Bytes for each statement, where that is more: a path from what it has seen, in a tree of any size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """By what a verifier judges where bodies differ: what the registrar signed in the founding, or a verifier's own."""

    clock_tolerance_seconds: int
    witnesses: WitnessPolicy

    @classmethod
    def of(cls, founding: BodyFounded) -> "Policy":
        return cls(clock_tolerance_seconds=founding.clock_tolerance_seconds, witnesses=founding.witnesses)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerProofs:
    """`ledger/proofs.json`."""

    first_leaf: int
    """The leaf of the first entry in `ledger/entries.bin`."""
    range: tuple[bytes, ...]
    """That those entries are just those leaves; see `ledger.verify_range`."""
    consistency: tuple[SeenProof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A statement in a bundle."""

    folder: Folder
    leaf: int
    kind: str
    stem: str
    """What its files are called, but for their endings."""
    envelope: Envelope
    receipt: Receipt | None
    """None in `ballot/`: what belongs to the ballot stands among the entries."""

    @property
    def place(self) -> str:
        """The file a finding names."""
        return f"{self.stem}.json"

    @property
    def signature_place(self) -> str:
        return f"{self.stem}.p7s"

    def files(self) -> Iterable[tuple[str, bytes]]:
        yield f"{self.stem}.json", self.envelope.statement
        yield f"{self.stem}.p7s", self.envelope.signature
        if self.receipt is not None:
            yield f"{self.stem}.tlog-proof", self.receipt.text().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle taken apart. Nothing in it is proven yet."""

    digests: Mapping[str, Digest]
    """SHA-256 of every file that the manifest must list."""
    manifest: bytes | None
    """None where it lists just these."""
    manifest_digest: Digest
    seal: bytes
    """The container's signature: CAdES over the manifest."""
    derived: Mapping[str, bytes]
    """Files that say again what a statement says, for people with stock tools."""
    statements: tuple[Filed, ...]
    checkpoint: str
    entries: tuple[Entry, ...]
    proofs: LedgerProofs
    papers: Mapping[str, Digest]
    """The papers enclosed: file name, and SHA-256 of what is in it."""
    time_stamp: bytes | None
    """A time-stamp token. Nobody sealed it; it vouches for itself."""
    revocations: Mapping[str, bytes]
    """What outside authorities say of certificates: file name, and a CRL or an OCSP answer, which vouch likewise."""

    def filed(self, folder: Folder) -> tuple[Filed, ...]:
        return tuple(each for each in self.statements if each.folder is folder)


class UnfitRecord(ValueError):
    """No bundle can be made of this record: there is no result yet, or it is not what a server of ours sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """A bundle that lacks nothing but its seal."""

    files: tuple[tuple[str, bytes], ...]
    manifest: bytes
    """What the secretary signs, with `cades.sign`."""

    def seal(self, signature: bytes) -> bytes:
        """The bundle: the same bytes for the same content, papers and signature. Raises ValueError above 4 GiB."""
        sealed = ((manifest.MANIFEST, self.manifest), (manifest.SIGNATURE, signature))
        return container.write(((_MIMETYPE, MEDIA_TYPE.encode()), *self.files, *sealed))


def assemble(record: BallotRecord, papers: Mapping[Digest, bytes] = MappingProxyType({})) -> Unsigned:
    """The evidence of an announced ballot, with those of its papers and attachments that `papers` holds.

    Checks no more than it needs to: whoever seals a bundle runs `check` on it before he gives it away. Raises
    UnfitRecord.
    """
    try:
        return _assemble(record, papers)
    except ValueError as error:
        raise UnfitRecord(str(error)) from error


def _assemble(record: BallotRecord, papers: Mapping[Digest, bytes]) -> Unsigned:
    ballot = [(placed, _said(placed.envelope)) for placed in record.ballot]
    end = next((placed.placed.leaf + 1 for placed, said in ballot if isinstance(said, BallotResult)), None)
    founding = _said(record.register[0].envelope) if record.register else None
    opened = ballot[0][1] if ballot else None
    if end is None or not isinstance(opened, BallotOpened) or not isinstance(founding, BodyFounded):
        raise UnfitRecord("no result yet")
    ballot = [(placed, said) for placed, said in ballot if placed.placed.leaf < end]
    tag = register_tag(founding.body)
    statements = [
        *(_file(Folder.REGISTER, each, record.checkpoint, tag) for each in record.register),
        *(_file(Folder.PUBLICATIONS, each, record.checkpoint, NO_TAG) for each in record.publications),
        *(_file(Folder.BALLOT, each) for each, _ in ballot),
    ]
    titles = _titles(opened, record.publications)
    enclosed = _papers([said for _, said in ballot], papers)
    files = {
        README: readme.write(founding, opened, titles, enclosed),
        **derived_files(founding),
        **dict(pair for each in statements for pair in each.files()),
        **_ledger_files(record, end),
        **enclosed,
    }
    ordered = tuple(sorted(files.items(), key=lambda pair: _rank(pair[0])))
    listed = {name: canonical.digest(data) for name, data in ordered}
    return Unsigned(files=ordered, manifest=manifest.write(listed))


def entries_until_closing(bundle: Bundle, leaf: int | None = None) -> bytes:
    """What a time stamp is over: the entries from the opening to a closing's leaf; by default the only one's."""
    if leaf is None:
        leaf = next((each.leaf for each in bundle.filed(Folder.BALLOT) if each.kind == BallotClosed.TYPE), -1)
    return b"".join(map(bytes, bundle.entries[: max(leaf - bundle.proofs.first_leaf + 1, 0)]))


def with_time_stamp(tail: bytes, size: int, token: bytes) -> tuple[int, bytes]:
    """How many bytes of a bundle stay when a time-stamp token is added to it, and what then follows.

    `size` is the bundle's, `tail` its last bytes: `container.directory_size` of them, or all. What was sealed stays.
    """
    return container.appended(tail, size, TIME_STAMP, token)


def derived_files(founding: BodyFounded) -> Mapping[str, bytes]:
    """What the founding says, in the form stock tools want."""
    return {
        POLICY: codec.dump(Policy.of(founding)),
        REGISTRAR: _pem(founding.registrar_keys.signing_certificate),
        AUTHORITY: _pem(founding.ca_certificate),
    }


def read(data: BinaryIO | bytes) -> Bundle:
    """A bundle taken apart. Raises UnreadableBundle, whatever it is fed. Papers are hashed, not kept.

    Of a large one neither are statements: they are read again, from a file that has to stay open and as it is.
    """
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    shelf = Shelf(file) if is_large(file) else None
    contents = container.read(file, care=_keep if shelf is None else _leave)
    kept = {name: content.data for name, content in contents.items() if content.data is not None}
    statements = _lay_out(contents, kept)
    filed = tuple(_read_statement(place, parts, shelf) for place, parts in statements)
    return _take_apart(contents, kept, filed)


def _keep(name: str) -> Care:
    return Care.HASH if name.startswith("papers/") else Care.KEEP


def _leave(name: str) -> Care:
    is_statement = name.startswith(_STATEMENTS) and not name.endswith(".tlog-proof")
    return Care.LEAVE if is_statement else _keep(name)


def _lay_out(
    contents: Mapping[str, Content], kept: Mapping[str, bytes]
) -> Collection[tuple["_Place", Mapping[str, Content]]]:
    """The files of each statement, by their endings, if all stand in their order and none is missing or unknown."""
    statements: dict[str, tuple[_Place, dict[str, Content]]] = {}
    before, is_in_order = (-1, ""), True
    for name, content in contents.items():
        place = _place_of(name)
        if place is None:
            raise UnreadableBundle(Flaw.UNKNOWN_ENTRY, name)
        is_in_order = is_in_order and before <= (place.rank, name)
        before = place.rank, name
        if place.folder is not None:
            statements.setdefault(place.stem, (place, {}))[1][place.suffix] = content
    for name in _ALWAYS:
        if name not in kept:
            raise UnreadableBundle(Flaw.MISSING_ENTRY, name)
    if kept[_MIMETYPE] != MEDIA_TYPE.encode():
        raise UnreadableBundle(Flaw.NOT_A_BUNDLE, _MIMETYPE)
    if not is_in_order:
        raise UnreadableBundle(Flaw.WRONG_ORDER)
    return statements.values()


def _take_apart(contents: Mapping[str, Content], kept: Mapping[str, bytes], statements: tuple[Filed, ...]) -> Bundle:
    revocations = read_revocations(contents)
    unlisted = {_MIMETYPE, manifest.MANIFEST, manifest.SIGNATURE, TIME_STAMP, *revocations}
    digests = {name: each.digest for name, each in contents.items() if name not in unlisted}
    listing = kept[manifest.MANIFEST]
    return Bundle(
        digests=digests,
        manifest=None if manifest.lists(listing, digests) else listing,
        manifest_digest=contents[manifest.MANIFEST].digest,
        seal=kept[manifest.SIGNATURE],
        derived={name: kept[name] for name in (POLICY, REGISTRAR, AUTHORITY)},
        statements=statements,
        checkpoint=_text(CHECKPOINT, kept[CHECKPOINT]),
        entries=_read_entries(kept[ENTRIES]),
        proofs=_read_proofs(kept[PROOFS], max(_LARGEST_PROOFS, _PROOFS_OF_EACH * len(statements))),
        papers={name: content.digest for name, content in contents.items() if name.startswith("papers/")},
        time_stamp=kept.get(TIME_STAMP),
        revocations=revocations,
    )


def _rank(name: str) -> tuple[int, str]:
    return _ORDER.index(name.partition("/")[0]), name


def _file(folder: Folder, each: PlacedEnvelope, note: str = "", tag: bytes | None = None) -> Filed:
    receipt = None
    if tag is not None:
        entry = Entry(tag=tag, envelope_digest=each.envelope.digest, accepted_at=each.placed.accepted_at)
        receipt = Receipt(entry=entry, index=each.placed.leaf, path=each.placed.path, note=note)
    leaf, kind = each.placed.leaf, _kind(each.envelope)
    stem = f"{folder}/{leaf:08d}.{kind}"
    return Filed(folder=folder, leaf=leaf, kind=kind, stem=stem, envelope=each.envelope, receipt=receipt)


def _said(signed: Envelope) -> Statement | None:
    """What an envelope says, unless a newer version said it."""
    try:
        return envelope.parse(signed.statement)
    except UnknownStatementError:
        return None


def _kind(signed: Envelope) -> str:
    members = canonical.decode(signed.statement)
    return str(members["type"]) if isinstance(members, dict) and "type" in members else ""


def _ledger_files(record: BallotRecord, end: int) -> Mapping[str, bytes]:
    entries = record.entries[: (end - record.first_leaf) * ENTRY_SIZE]
    leaves = [leaf_hash(each) for each in _split_entries(record.entries)]
    proof = shorten_range(
        leaves, record.first_leaf, unverified(record.checkpoint).size, record.range_proof, end - record.first_leaf
    )
    proofs = LedgerProofs(first_leaf=record.first_leaf, range=proof, consistency=record.consistency)
    return {CHECKPOINT: record.checkpoint.encode(), ENTRIES: entries, PROOFS: codec.dump(proofs)}


def _titles(opened: BallotOpened, publications: Sequence[PlacedEnvelope]) -> Sequence[DocumentVersion]:
    wanted = {(each.document, each.version) for each in opened.documents}
    published = (_said(each.envelope) for each in publications)
    versions = (version for each in published if isinstance(each, DocumentsPublished) for version in each.documents)
    return [version for version in versions if (version.document, version.version) in wanted]


def _papers(said: Sequence[Statement | None], papers: Mapping[Digest, bytes]) -> Mapping[str, bytes]:
    enclosed = {}
    for digest in dict.fromkeys(papers_of(said)):
        data = papers.get(digest)
        if data is None:
            continue
        if canonical.digest(data) != digest:
            raise UnfitRecord(f"another paper stands for {digest}")
        suffix = ".pdf" if b"%PDF-" in data[:_PDF_BEGINS_WITHIN] else ""
        enclosed[f"papers/{digest}{suffix}"] = data
    return enclosed


def papers_of(said: Iterable[Statement | None]) -> Iterable[Digest]:
    """The papers a ballot's statements name: those that were put before the electors, and attachments of opinions."""
    for each in said:
        if isinstance(each, BallotOpened):
            yield from (document.digest for document in each.documents)
        elif isinstance(each, Opinion):
            yield from (attachment.digest for attachment in each.attachments)


def digest_of_paper(name: str) -> Digest:
    """The digest in a paper's file name."""
    return name.removeprefix("papers/")[:64]


def _pem(certificate: bytes) -> bytes:
    text = base64.b64encode(certificate).decode()
    lines = [text[place : place + 64] for place in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()


class _Place(NamedTuple):
    """Of a file in a bundle; the rest is of those that belong to a statement."""

    rank: int
    stem: str = ""
    folder: Folder | None = None
    number: str = ""
    kind: str = ""
    suffix: str = ""


@lru_cache(8192)
def _place_of(name: str) -> _Place | None:
    """Where a file of this name stands; None if there is no place for it."""
    if found := _STATEMENT.fullmatch(name):
        folder, number, kind, suffix = found.groups()
        return _Place(_ORDER.index(folder), f"{folder}/{number}.{kind}", Folder(folder), number, kind, suffix)
    if name in _ALWAYS or name == TIME_STAMP or _PAPER.fullmatch(name):
        return _Place(*_rank(name)[:1])
    if is_revocation(name):
        return _Place(len(_ORDER))
    return None


def _read_statement(place: _Place, parts: Mapping[str, Content], shelf: Shelf | None) -> Filed:
    stem, folder, leaf = place.stem, place.folder, int(place.number)
    assert folder is not None  # noqa: S101 - for the sake of types: a statement's has one
    if f"{leaf:08d}" != place.number:
        raise UnreadableBundle(Flaw.BAD_NAME, f"{stem}.{next(iter(parts))}")
    expected = _PARTS_OF_BALLOT if folder is Folder.BALLOT else _PARTS
    if parts.keys() != expected:
        difference = min(parts.keys() ^ expected)
        raise UnreadableBundle(
            Flaw.UNKNOWN_ENTRY if difference in parts else Flaw.MISSING_ENTRY, f"{stem}.{difference}"
        )
    receipt = None
    if folder is not Folder.BALLOT:
        name = f"{stem}.tlog-proof"
        try:
            receipt = Receipt.from_text(_text(name, parts["tlog-proof"].data or b""))
        except ProofError as error:
            raise UnreadableBundle(Flaw.MALFORMED_ENTRY, name) from error
    statement, signature = parts["json"], parts["p7s"]
    if statement.data is not None and signature.data is not None:
        signed = Envelope(statement.data, signature.data)
    else:
        assert shelf is not None  # noqa: S101 - for the sake of types: it is where they were left
        signed = ShelvedEnvelope(shelf, stem, statement, signature)
    return Filed(folder=folder, leaf=leaf, kind=place.kind, stem=stem, envelope=signed, receipt=receipt)


_PARTS_OF_BALLOT = frozenset({"json", "p7s"})
_PARTS = frozenset({"json", "p7s", "tlog-proof"})


def _read_entries(data: bytes) -> tuple[Entry, ...]:
    try:
        return tuple(Entry.from_bytes(each) for each in _split_entries(data))
    except ProofError as error:
        raise UnreadableBundle(Flaw.MALFORMED_ENTRY, ENTRIES) from error


def _split_entries(data: bytes) -> list[bytes]:
    return [data[place : place + ENTRY_SIZE] for place in range(0, len(data), ENTRY_SIZE)]


def _read_proofs(data: bytes, limit: int) -> LedgerProofs:
    """One path after the other: as one value of JSON they would take many times their length."""
    paths: list[SeenProof] = []
    at = len(_PROOFS_BEGIN)
    try:
        if len(data) > limit:
            raise MalformedError(PROOFS)
        while found := _SEEN_PROOF.match(data, at):
            paths.append(codec.load(SeenProof, found[0]))
            at = found.end()
            if data[at : at + 1] != b",":
                break
            at += 1
        rest = codec.load(LedgerProofs, data[: len(_PROOFS_BEGIN)] + data[at:])
    except ValueError as error:
        raise UnreadableBundle(Flaw.MALFORMED_ENTRY, PROOFS) from error
    if rest.consistency or data[at - 1 : at] == b",":
        raise UnreadableBundle(Flaw.MALFORMED_ENTRY, PROOFS)
    return replace(rest, consistency=tuple(paths))


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableBundle(Flaw.MALFORMED_ENTRY, name) from error
