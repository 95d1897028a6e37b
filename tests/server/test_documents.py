"""Papers: uploads that go on, what may be published, and downloads that are authorised each time."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from ecabinet.core import envelope, protocol
from ecabinet.core.meetings import Classification, DocumentsPublished, DocumentVersion
from ecabinet.core.people import Role
from ecabinet.core.protocol import MOST_PAPERS, Path, Reason, Refused
from ecabinet.server import blobs
from tests.server.live import LiveCabinet, Process
from tests.server.local import LocalCabinet

DATA = bytes(range(256)) * 64
DIGEST = hashlib.sha256(DATA).hexdigest()
NOBODY = "00000000-0000-7000-8000-000000000000"


def version_of(local: LocalCabinet | LiveCabinet, data: bytes = DATA) -> DocumentVersion:
    """A paper, uploaded and not published."""
    local.upload("secretary", data)
    return local._version("430/TTr-STC", data)


def publishing(local: LocalCabinet | LiveCabinet, *versions: DocumentVersion) -> envelope.Envelope:
    return local.sign("secretary", DocumentsPublished(**local.heading(), documents=versions))


# ---------------------------------------------------------------- uploads


def test_an_upload_goes_on_where_it_stopped(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=[])
    assert cabinet.offer("secretary", DIGEST, len(DATA)) == 0
    assert cabinet.upload_part("secretary", DIGEST, 0, DATA[:1000]) == 1000
    assert cabinet.offer("secretary", DIGEST, len(DATA)) == 1000
    for elsewhere in (0, 999, 1001, 10_000):
        assert cabinet.upload_part("secretary", DIGEST, elsewhere, DATA[elsewhere:]) == 1000
    assert cabinet.upload_part("secretary", DIGEST, 1000, DATA[1000:]) == len(DATA)
    assert cabinet.offer("secretary", DIGEST, len(DATA)) == len(DATA)
    assert cabinet.upload_part("secretary", DIGEST, 0, DATA) == len(DATA)


def test_what_arrived_of_a_broken_request_counts(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=[])
    cabinet.offer("secretary", DIGEST, len(DATA))
    caller = cabinet.caller("secretary")
    path = f"{cabinet.path(Path.UPLOAD, digest=DIGEST)}?offset=0"
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(DATA)}\r\n"
    head += f"Authorization: {caller.headers['authorization']}\r\n\r\n"
    with caller.connect() as broken:
        broken.sendall(head.encode() + DATA[:5000])
    received = 0
    while received == 0:  # until the server has noticed
        received = cabinet.offer("secretary", DIGEST, len(DATA))
    assert received == 5000
    assert cabinet.upload_part("secretary", DIGEST, 5000, DATA[5000:]) == len(DATA)


def test_bytes_of_another_digest_begin_anew(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=[])
    cabinet.offer("secretary", DIGEST, len(DATA))
    with pytest.raises(Refused, match="digest_mismatch"):
        cabinet.upload_part("secretary", DIGEST, 0, bytes(len(DATA)))
    assert cabinet.offer("secretary", DIGEST, len(DATA)) == 0
    cabinet.upload("secretary", DATA)


def test_what_an_upload_may_not_be(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=[])
    for size in (0, -1, protocol.LARGEST_PAPER + 1):
        with pytest.raises(Refused, match="too_large"):
            cabinet.offer("secretary", DIGEST, size)
    with pytest.raises(Refused, match="unknown"):
        cabinet.upload_part("secretary", "0" * 64, 0, DATA)
    cabinet.offer("secretary", DIGEST, 10)
    with pytest.raises(Refused, match="bad_request"):
        cabinet.upload_part("secretary", DIGEST, 0, DATA)
    with pytest.raises(Refused, match="too_large"):
        cabinet.upload_part("secretary", DIGEST, 0, bytes(protocol.UPLOAD_PART + 1))
    with pytest.raises(Refused, match="bad_request"):
        cabinet.upload_part("secretary", "x" * 64, 0, DATA)
    with pytest.raises(Refused, match="unknown"):
        cabinet.upload_part("secretary", "..%2F..%2Fkeys", 0, DATA)


def test_nobody_learns_what_others_uploaded(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=[])
    cabinet.enrol("construction", Role.CLERK)
    cabinet.upload("secretary", DATA)
    assert cabinet.offer("construction", DIGEST, len(DATA)) == 0
    assert cabinet.upload_part("construction", DIGEST, 0, DATA) == len(DATA)


def test_only_who_publishes_or_is_asked_may_upload(local: LocalCabinet) -> None:
    local.seat(members=["chair"])
    local.enrol("finance", Role.GUEST)
    local.publish()
    for person in ("chair", "finance", "registrar"):
        with pytest.raises(Refused, match="no_right"):
            local.offer(person, DIGEST, len(DATA))
    local.open_ballot()
    assert local.offer("chair", DIGEST, len(DATA)) == 0
    assert local.upload_part("chair", DIGEST, 0, DATA[:10]) == 10
    with pytest.raises(Refused, match="no_right"):
        local.offer("finance", DIGEST, len(DATA))
    local.close()
    with pytest.raises(Refused, match="no_right"):
        local.upload_part("chair", DIGEST, 10, DATA[10:])


def test_nobody_leaves_more_unfinished_than_he_can_finish(local: LocalCabinet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MOST_UNFINISHED", 3)
    local.seat(members=[])
    local.enrol("construction", Role.CLERK)
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(4)]
    for digest in digests[:3]:
        local.offer("secretary", digest, 1)
    with pytest.raises(Refused, match="too_many_attempts"):
        local.offer("secretary", digests[3], 1)
    assert local.offer("secretary", digests[0], 1) == 0, "what was begun goes on"
    assert local.offer("construction", digests[3], 1) == 0, "each has room of his own"
    assert local.upload_part("secretary", digests[0], 0, bytes([0])) == 1
    assert local.offer("secretary", digests[3], 1) == 0
    local.upload_part("secretary", digests[3], 0, bytes([3]))
    monkeypatch.setattr(blobs, "LARGEST_UNFINISHED", 1000)
    with pytest.raises(Refused, match="too_many_attempts"):
        local.offer("secretary", DIGEST, 999)
    assert local.offer("secretary", DIGEST, 998) == 0


def test_an_upload_nobody_goes_on_with_is_swept(local: LocalCabinet, monkeypatch: pytest.MonkeyPatch) -> None:
    local.seat(members=[])
    local.enrol("construction", Role.CLERK)
    for person in ("secretary", "construction"):
        local.offer(person, DIGEST, len(DATA))
        local.upload_part(person, DIGEST, 0, DATA[:10])
    stale, fresh = (
        local.server.settings.data / "uploads" / local.body / person for person in ("secretary", "construction")
    )
    (part,) = stale.iterdir()
    long_ago = time.time() - blobs.STALE_AFTER.total_seconds() - 60
    os.utime(part, (long_ago, long_ago))
    monkeypatch.setattr(local.server.blobs, "_swept_at", None)  # as after a start, or an hour later
    local.offer("construction", DIGEST, len(DATA))
    assert not list(stale.iterdir())
    assert [each.stat().st_size for each in fresh.iterdir()] == [10]
    with pytest.raises(Refused, match="unknown"):
        local.upload_part("secretary", DIGEST, 10, DATA[10:])


def test_an_upload_announced_with_another_size_begins_anew(local: LocalCabinet) -> None:
    local.seat(members=[])
    upload = blobs.Upload(body=local.body, person="secretary", digest=DIGEST, size=100)
    kept = local.server.blobs
    local.offer("secretary", DIGEST, 100)
    local.offer("secretary", DIGEST, len(DATA))
    for late in (lambda: kept.add(upload, 0, DATA[:100]), lambda: kept.keep(upload)):
        with pytest.raises(Refused, match="unknown"):
            late()
    assert local.upload_part("secretary", DIGEST, 0, DATA) == len(DATA)


def test_the_sizes_of_a_digest_share_one_lock(local: LocalCabinet) -> None:
    """Or a part would vanish under the hands of who is adding to it."""
    local.seat(members=[])
    kept = local.server.blobs
    sizes = [blobs.Upload(body=local.body, person="secretary", digest=DIGEST, size=size) for size in range(1, 200)]
    assert len({id(kept._lock(kept._part(each))) for each in sizes}) == 1


def test_blobs_of_a_body_are_its_own(cabinet: LiveCabinet, process: Process) -> None:
    cabinet.seat(members=[])
    cabinet.upload("secretary", DATA)
    path = process.data / "blobs" / cabinet.body / DIGEST[:2] / DIGEST
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o077 == 0
    assert not [file for file in (process.data / "uploads" / cabinet.body).rglob("*") if file.is_file()]


# ---------------------------------------------------------------- publishing


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../a.pdf", "a/b.pdf", "a\\b.pdf", "a\n.pdf", "a\x00.pdf", "c:a.pdf", " a.pdf", "a. ", "ạ" * 86],
)
def test_a_file_name_is_one_that_every_file_system_takes(local: LocalCabinet, name: str) -> None:
    local.seat(members=[])
    version = version_of(local)
    assert local.refusal(publishing(local, replace(version, file_name=name))) == (Reason.MALFORMED, "file_name")
    local.append(publishing(local, replace(version, file_name="ạ" * 85)))


def test_classified_papers_are_refused(local: LocalCabinet) -> None:
    local.seat(members=[])
    for level in set(Classification) - {Classification.OPEN}:
        version = replace(version_of(local), classification=level)
        assert local.refusal(publishing(local, version)) == (Reason.CLASSIFIED, version.document)


def test_only_what_the_publisher_uploaded_or_may_read_is_published(local: LocalCabinet) -> None:
    local.seat(members=["chair", "finance"])
    local.enrol("construction", Role.CLERK)
    local.enrol("home-affairs", Role.CLERK)
    version = local._version("1/BC", DATA)
    assert local.refusal(publishing(local, version)) == (Reason.PAPER_MISSING, version.document)
    local.upload("home-affairs", DATA)  # that another has it is no help
    assert local.refusal(publishing(local, version)) == (Reason.PAPER_MISSING, version.document)
    local.upload("secretary", DATA)
    for flawed, reason in [
        (replace(version, size=version.size + 1), (Reason.PAPER_MISSING, version.document)),
        (replace(version, blob="0" * 64), (Reason.MALFORMED, "blob")),
    ]:
        assert local.refusal(publishing(local, flawed)) == reason
    local.append(publishing(local, version))
    again = replace(version, document=envelope.new_id(local.now))
    statement = DocumentsPublished(**local.heading(), documents=(again,))
    local.append(local.sign("construction", statement))  # a clerk reads every paper


def test_versions_follow_each_other(local: LocalCabinet) -> None:
    local.seat(members=[])
    first = version_of(local)
    local.upload("secretary", DATA + b"2")
    digest = hashlib.sha256(DATA + b"2").hexdigest()
    second = replace(first, version=2, digest=digest, blob=digest, size=len(DATA) + 1, replaces=first.digest)
    assert local.refusal(publishing(local, second)) == (Reason.STALE_REVISION, first.document)
    local.append(publishing(local, first))
    assert local.refusal(publishing(local, first)) == (Reason.STALE_REVISION, first.document)
    assert local.refusal(publishing(local, replace(second, replaces="0" * 64)))[0] is Reason.STALE_REVISION
    assert local.refusal(publishing(local, replace(second, version=3)))[0] is Reason.STALE_REVISION
    local.append(publishing(local, second))


# ---------------------------------------------------------------- downloads


def test_a_download_is_authorised_each_time(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    version = version_of(cabinet)
    cabinet.append(publishing(cabinet, version))

    def status(person: str, number: int = 1) -> int:
        path = cabinet.path(Path.DOCUMENT, document=version.document, version=number)
        return cabinet.caller(person).request("GET", path).status

    assert [status(person) for person in ("secretary", "chair", "finance", "registrar")] == [200, 403, 403, 403]
    meeting = cabinet.altered(cabinet.meeting(), participants=("chair",))
    sent = cabinet.append(meeting)
    assert [status(person) for person in ("secretary", "chair", "finance", "registrar")] == [200, 200, 403, 403]
    without = cabinet.altered(
        meeting,
        id=envelope.new_id(cabinet.now),
        revision=2,
        replaces=sent.opened.statement_digest,
        participants=("finance",),
        chair="finance",
    )
    cabinet.append(without)
    assert [status(person) for person in ("secretary", "chair", "finance", "registrar")] == [200, 403, 200, 403]
    assert status("secretary", 2) == 404
    assert cabinet.server.request("GET", cabinet.path(Path.DOCUMENT, document=NOBODY, version=1)).status == 401


def test_several_papers_come_in_one_answer_to_who_may_read_them_all(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=["chair", "finance"])
    bodies = {f"{number}/BC": f"%PDF {number}".encode() * number for number in range(1, 6)}
    cabinet.publish(bodies)
    cabinet.append(cabinet.meeting())
    put_before_all = [f"{each.document}/{each.version}" for each in cabinet.documents]
    version = version_of(cabinet)
    cabinet.append(publishing(cabinet, version))
    not_sent = f"{version.document}/1"

    def get(person: str, *papers: str) -> tuple[int, bytes]:
        path = f"{cabinet.path(Path.DOCUMENTS)}?papers={','.join(papers)}"
        answer = cabinet.caller(person).request("GET", path)
        return answer.status, answer.data if answer.status == 200 else b""

    assert get("chair", *put_before_all) == (200, b"".join(bodies.values()))
    assert get("chair", *reversed(put_before_all)) == (200, b"".join(reversed(bodies.values())))
    assert get("secretary", put_before_all[0], not_sent) == (200, bodies["1/BC"] + DATA)
    assert get("chair", put_before_all[0], not_sent)[0] == 403
    assert get("registrar", put_before_all[0])[0] == 403
    assert get("chair", put_before_all[0], f"{NOBODY}/1")[0] == 404
    for strange in ("", "1", f"{NOBODY}/0", f"{NOBODY}/1,"):
        assert get("chair", strange)[0] == 422
    assert get("chair", *put_before_all[:1] * MOST_PAPERS) == (200, bodies["1/BC"] * MOST_PAPERS)
    assert get("chair", *put_before_all[:1] * (MOST_PAPERS + 1))[0] == 422


def test_ranges(cabinet: LiveCabinet) -> None:
    cabinet.seat(members=[])
    version = version_of(cabinet)
    cabinet.append(publishing(cabinet, version))

    def get(**headers: str) -> tuple[int, bytes, str | None]:
        answer = cabinet.download("secretary", version.document, 1, **headers)
        return answer.status, answer.data, answer.headers.get("content-range")

    etag = f'"{DIGEST}"'
    whole = cabinet.download("secretary", version.document)
    assert (whole.status, whole.data, whole.headers["etag"]) == (200, DATA, etag)
    assert whole.headers["content-length"] == str(len(DATA))
    size = len(DATA)
    assert get(Range="bytes=1000-") == (206, DATA[1000:], f"bytes 1000-{size - 1}/{size}")
    assert get(Range="bytes=1000-1999") == (206, DATA[1000:2000], f"bytes 1000-1999/{size}")
    assert get(Range="bytes=-100") == (206, DATA[-100:], f"bytes {size - 100}-{size - 1}/{size}")
    assert get(Range=f"bytes=0-{size * 2}") == (206, DATA, f"bytes 0-{size - 1}/{size}")
    assert get(Range="bytes=1000-", **{"If-Range": etag})[0] == 206
    assert get(Range="bytes=1000-", **{"If-Range": '"other"'}) == (200, DATA, None)
    for unusual in ("bytes=0-1,5-6", "bytes=-", "items=1-2", "bytes=x-", "bytes=5-4"):
        assert get(Range=unusual)[:2] == (200, DATA)
    path = cabinet.path(Path.DOCUMENT, document=version.document, version=1)
    for nowhere in (f"bytes={size}-", "bytes=-0"):
        answer = cabinet.caller("secretary").request("GET", path, headers={"Range": nowhere})
        assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{size}")


def test_papers_in_an_object_store(start: Callable[..., Process]) -> None:
    process = start("sqlite", "--blobs", "memory:///papers")
    cabinet = LiveCabinet(process.url, process.said["founding_code"])
    cabinet.seat(members=[])
    version = version_of(cabinet)
    cabinet.append(publishing(cabinet, version))
    assert not (process.data / "blobs").exists()
    assert cabinet.download("secretary", version.document).data == DATA
    part = cabinet.download("secretary", version.document, Range="bytes=100-199")
    assert (part.status, part.data) == (206, DATA[100:200])
    again = replace(version, document=envelope.new_id(cabinet.now))
    cabinet.append(publishing(cabinet, again))
