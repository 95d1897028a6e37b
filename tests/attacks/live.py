"""By whoever runs a real server: real clients notice, stop, and keep what convicts it."""

from collections.abc import Callable
from dataclasses import replace

from ecabinet.client.desk.papers import Presence
from ecabinet.client.sync import Trouble
from ecabinet.core.ballots import Opinion
from ecabinet.core.evidence import Culprit, ExitCode
from ecabinet.core.protocol import Reason
from ecabinet.keys.authority_files import KeyFiles
from ecabinet.keys.certificates import make_request
from ecabinet.server import feed, rights, schema
from ecabinet.server.ledger import Turn
from tests.attacks.by_the_server import nobody_answered
from tests.attacks.scene import CLIENT, Scene, Told
from tests.attacks.table import Attacks, Caught
from tests.cabinet import Device

ON_A_SCENE = Attacks[Callable[[Scene], Told]]("Whoever runs a live server, against real clients")


# ---------------------------------------------------------------- histories


@ON_A_SCENE("split view to half of the clients", CLIENT, Culprit.LOG, code=ExitCode.PROVEN)
def show_half_of_the_clients_another_history(scene: Scene) -> Told:
    halves = scene.welcome("chair", "finance"), scene.welcome("construction", "agriculture")
    twin, other = scene.twin()
    scene.cabinet.send_meeting()
    other.enrol("home-affairs")
    for half, server in zip(halves, (scene.server, twin), strict=True):
        scene.lead_to(server)
        for each in half:  # each sees a history that proves right
            each.sync()
    other.send_meeting()
    halves[1][0].sync()
    # One half is led to the other's server: by a larger tree its tiles tell, by one of the same size the notes.
    for each in halves[0]:
        told = scene.fork(each)
    scene.lead_to(scene.server)
    for each in halves[1]:
        assert scene.fork(each)[0] == ExitCode.PROVEN
    return told


@ON_A_SCENE("database rolled back to yesterday", CLIENT, None, code=ExitCode.INCOMPLETE)
def restore_the_database_of_yesterday(scene: Scene) -> Told:
    """It may yet be the beginning of what was known: an alarm, and open until it goes on otherwise."""
    (somebody,) = scene.welcome("chair")
    yesterday = scene.copy("yesterday")
    scene.cabinet.send_meeting()
    somebody.sync()
    scene.restore(yesterday)
    return scene.fork(somebody)


@ON_A_SCENE("database rolled back to yesterday", CLIENT, Culprit.LOG, code=ExitCode.PROVEN)
def restore_it_and_go_on_otherwise(scene: Scene) -> Told:
    (somebody,) = scene.welcome("chair")
    yesterday, ledger, receipts = scene.copy("yesterday"), list(scene.cabinet.ledger), list(scene.cabinet.receipts)
    scene.cabinet.send_meeting()
    somebody.sync()
    scene.restore(yesterday)
    scene.cabinet.ledger, scene.cabinet.receipts = ledger, receipts
    scene.cabinet.enrol("home-affairs")
    scene.cabinet.send_meeting()
    return scene.fork(somebody)


@ON_A_SCENE("receipt given but opinion dropped", CLIENT, Culprit.LOG, code=ExitCode.PROVEN)
def give_a_receipt_and_drop_the_opinion(scene: Scene) -> Told:
    chair, finance = scene.welcome("chair", "finance")
    scene.cabinet.open_ballot()
    before, ledger, receipts = scene.copy("before"), list(scene.cabinet.ledger), list(scene.cabinet.receipts)
    scene.answered(finance)
    scene.restore(before)
    scene.cabinet.ledger, scene.cabinet.receipts = ledger, receipts
    scene.cabinet.send_meeting()
    scene.cabinet.send_meeting()
    chair.sync()  # who was shown nothing else
    return scene.fork(finance)


@ON_A_SCENE("re-date", CLIENT, Culprit.LOG, code=ExitCode.PROVEN)
def date_an_opinion_back_in_the_database(scene: Scene) -> Told:
    (finance,) = scene.welcome("finance")
    scene.cabinet.open_ballot()
    leaf = scene.record().first_leaf + 1
    scene.answered(finance)
    scene.alter("UPDATE entries SET accepted_at = accepted_at - 1 WHERE leaf = ?", leaf)
    return scene.fork(finance)


# ---------------------------------------------------------------- opinions and results


def take_in_opinion(turn: Turn) -> str:
    """As the server does, but for asking whose key it is and whether it fits."""
    said, session = turn.opened.statement, turn.session
    assert isinstance(said, Opinion)
    ballot = session.get_one(schema.Ballot, (session.body.id, said.ballot))
    opinion = schema.Opinion(
        ballot=said.ballot,
        elector=said.elector,
        counter=said.counter,
        leaf=turn.leaf,
        statement_id=said.id,
        statement_digest=turn.opened.statement_digest,
    )
    session.add(opinion)
    shown = [rights.opinion_item(session, opinion, ballot)]
    feed.spread(session, turn.register, turn.accepted_at, before=(), after=shown)
    return said.id


def take_in_result(turn: Turn) -> str:
    """As the server does, but for counting again."""
    said, session = turn.opened.statement, turn.session
    ballot = session.get_one(schema.Ballot, (session.body.id, said.ballot))  # type: ignore[attr-defined]
    before = rights.opinion_items(session, ballot)
    ballot.result_leaf = turn.leaf
    session.flush()
    result = rights.register_item(turn.leaf)
    after = [*rights.opinion_items(session, ballot), replace(result, thing=ballot.ballot)]
    feed.spread(session, turn.register, turn.accepted_at, before=before, after=after)
    return ballot.ballot


@ON_A_SCENE("certificate made by the server's CA for a key nobody confirmed", CLIENT, Culprit.LOG)
def answer_for_a_member_with_a_certificate_of_the_servers_ca(scene: Scene) -> Told:
    (finance,), secretary, cabinet = scene.welcome("finance"), scene.secretary(), scene.cabinet
    cabinet.open_ballot()
    finance.sync()
    secretary.sync()
    forger = Device("the server's own key")
    forger.certificate = scene.certificate("finance", make_request(forger.signing_key))
    cabinet.devices["finance"] = forger
    forged = cabinet.opinion("finance", "agree", "agree")
    assert cabinet.refusal(forged, by="secretary")[0] is Reason.NOT_ENROLLED
    scene.slip_in(forged, take_in_opinion)
    assert scene.trouble(finance) is scene.trouble(secretary) is Trouble.BAD_ANSWER
    assert finance.desk.ballots.one(cabinet.asked.ballot).opinions == ()
    cabinet.close()
    doubt = scene.doubt(secretary)
    # An accomplice counts nothing, so that the result is right; or the forgery, which is no better.
    scene.slip_in(cabinet.result(nobody_answered(cabinet)), take_in_result)
    code, caught = scene.bundle()
    return code, (doubt, *caught)


@ON_A_SCENE("drop an opinion", CLIENT, Culprit.SECRETARY)
def let_the_result_pass_over_an_opinion(scene: Scene) -> Told:
    (finance,), cabinet = scene.welcome("finance"), scene.cabinet
    cabinet.open_ballot()
    scene.answered(finance)
    cabinet.close()
    lie = cabinet.result(nobody_answered(cabinet))
    assert cabinet.refusal(lie)[0] is Reason.WRONG_RESULT
    scene.slip_in(lie, take_in_result)
    alarm = scene.missing_opinion(finance)
    code, caught = scene.bundle()
    return code, (alarm, *caught)


@ON_A_SCENE("entry hidden from the bundle", CLIENT, Culprit.SECRETARY, Culprit.BUNDLE)
def hide_an_opinion_from_the_record(scene: Scene) -> Told:
    """Deleted from the database with its receipt given: so even the server's own count is without it.

    A secretary who counts such a record all the same has signed past an entry that the ledger showed him.
    """
    (finance,), secretary, cabinet = scene.welcome("finance"), scene.secretary(), scene.cabinet
    cabinet.open_ballot()
    leaf = scene.record().first_leaf + 1
    scene.answered(finance)
    cabinet.close()
    secretary.sync()
    scene.alter("DELETE FROM envelopes WHERE leaf = ?", leaf)
    doubt = scene.doubt(secretary)
    scene.slip_in(cabinet.result(nobody_answered(cabinet)), take_in_result)
    alarm = scene.missing_opinion(finance)
    code, caught = scene.bundle()
    return code, (doubt, alarm, *caught)


@ON_A_SCENE("alter text", CLIENT, Culprit.BUNDLE)
def alter_an_opinion_in_the_database(scene: Scene) -> Told:
    (finance,), secretary, cabinet = scene.welcome("finance"), scene.secretary(), scene.cabinet
    cabinet.open_ballot()
    opinion = scene.answered(finance)
    cabinet.close()
    secretary.sync()
    altered = opinion.envelope.statement.replace(b'"disagree"', b'"agree"')
    scene.alter("UPDATE envelopes SET statement = ? WHERE id = ?", altered, opinion.statement.id)
    doubt = scene.doubt(secretary)
    scene.slip_in(cabinet.result(nobody_answered(cabinet)), take_in_result)
    code, caught = scene.bundle()
    return code, (doubt, *caught)


# ---------------------------------------------------------------- checkpoints and papers


@ON_A_SCENE("checkpoint unsigned or by an unknown key", CLIENT, Culprit.BUNDLE)
def sign_checkpoints_with_a_key_nobody_knows(scene: Scene) -> Told:
    (finance,), secretary, cabinet = scene.welcome("finance"), scene.secretary(), scene.cabinet
    cabinet.open_ballot()
    scene.answered(finance)
    cabinet.close()
    secretary.sync()
    cabinet.announce()
    scene.server.stop()
    keys = scene.server.data / "keys"
    key = keys / "bodies" / cabinet.body / "log-1.key"
    key.unlink()
    KeyFiles(keys / "lock").ed25519(key)  # which makes another
    scene.start()
    assert scene.trouble(finance) is scene.trouble(secretary) is Trouble.BAD_ANSWER
    assert finance.desk.ballots.one(cabinet.asked.ballot).result is None
    doubt = scene.doubt(secretary)
    code, caught = scene.bundle()
    return code, (doubt, *caught)


@ON_A_SCENE("swapped paper", CLIENT, None, code=None)
def swap_a_paper_on_the_disk(scene: Scene) -> Told:
    (chair,), cabinet = scene.welcome("chair"), scene.cabinet
    cabinet.publish()
    digest = cabinet.documents[0].digest
    (blob,) = (scene.server.data / "blobs").rglob(f"*{digest}*")
    blob.chmod(0o600)
    blob.write_bytes(bytes(len(blob.read_bytes())))
    cabinet.send_meeting()
    trouble = scene.trouble(chair)
    (paper,) = (line for line in chair.desk.papers.all() if line.digest == digest)
    assert trouble is not None
    assert paper.presence is not Presence.HERE
    return None, (Caught(check=CLIENT, fault=trouble.value, culprit=None, place=f"{digest[:8]}…"),)
