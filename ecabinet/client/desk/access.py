"""Getting in: the first run, the PIN, and what happens when keys are lost."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ecabinet.client.desk.errors import (
    BadAnswer,
    KeyUnusable,
    OtherCertificate,
    RefusedByServer,
    Unreachable,
    WrongRecoveryCode,
)
from ecabinet.client.desk.founding import Founder, sign_founding
from ecabinet.client.desk.invitations import ServerInvitation, read_invitation
from ecabinet.client.desk.key_faults import keys_told
from ecabinet.client.desk.pins import LONGEST_PIN, check_pin
from ecabinet.client.desk.profiles import ProfileFile, Profiles, Stage
from ecabinet.client.desk.tokens import SeenTokens, TokenChoice, seen_tokens
from ecabinet.client.first_trust import ask_for_ca
from ecabinet.client.remote import Remote, public_key_of
from ecabinet.client.vault.serial import Lock, Serially
from ecabinet.core.checkpoint import LogKey, Receipt, origin_of
from ecabinet.core.codec import AgencyCode, Name
from ecabinet.core.envelope import Envelope, open_envelope
from ecabinet.core.ledger import ProofError
from ecabinet.core.protocol import (
    Enrolment,
    EnrolmentRequest,
    EnrolmentState,
    Founding,
    FoundingTermsRequest,
)
from ecabinet.core.register import BodyFounded, fingerprint_of, fingerprint_phrase
from ecabinet.core.statements import tag_of
from ecabinet.keys.device import PIN_LENGTH, DeviceKeys
from ecabinet.keys.os_keystore import Keystore
from ecabinet.keys.recovery_code import BadRecoveryCode, RecoveryCode
from ecabinet.keys.seal import Stretching
from ecabinet.keys.token import TokenAddress
from ecabinet.keys.token_key import TokenPrivateKey
from ecabinet.keys.tokens import Tokens

if TYPE_CHECKING:
    from ecabinet.client.desk.desk import Desk

__all__ = [
    "LONGEST_PIN",
    "PIN_LENGTH",
    "Access",
    "Founder",
    "Joined",
    "Profile",
    "ServerInvitation",
    "Stage",
    "read_invitation",
]

_STAGES = {
    EnrolmentState.WAITING: Stage.WAITING,
    EnrolmentState.CONFIRMED: Stage.CONFIRMED,
    EnrolmentState.DECLINED: Stage.DECLINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person on a server, as known before anything is unlocked. At `ASKING`, only address and phrase are known."""

    id: str
    host: str
    port: int
    stage: Stage
    phrase: str
    """The fingerprint phrase of this device's keys, to read to the registrar."""
    device_name: str
    asked_at: datetime
    body: AgencyCode
    body_name: str
    person: Name
    office: str
    office_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A profile just made. The recovery code is told here and never again."""

    profile: Profile
    recovery_code: str


class Access:
    """The profiles in one folder. Methods marked *network* belong on a network lane; the others on the serial one."""

    def __init__(
        self,
        folder: Path,
        keystore: Keystore,
        *,
        serially: Serially | None = None,
        stretching: Stretching | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`serially` is the serial lane's (`Background.serially`); a lock serves programs without windows.

        `stretching` is what a PIN costs whoever guesses; None for what real ones should cost.
        """
        self._profiles = Profiles(folder)
        self._keystore = keystore
        self._tokens = Tokens(folder)
        self._serially = serially or Lock()
        self._stretching = stretching
        self._clock = clock

    def profiles(self) -> tuple[Profile, ...]:
        """Everybody who began or finished a first run here; the one used last comes first."""
        files = sorted(self._profiles.all(), key=lambda file: file.used_at, reverse=True)
        return tuple(map(_told, files))

    # ---------------------------------------------------------------- the first run

    def tokens(self) -> SeenTokens:
        """*Network*: it asks tokens, which may take long. Those plugged in, and the keys that could sign."""
        return seen_tokens(self._tokens)

    def join(
        self, invitation: ServerInvitation, pin: str, device_name: str, token: TokenChoice | None = None
    ) -> Joined:
        """*Network.* Makes this device's keys under the PIN and asks for enrolment. With a token, its key signs.

        Raises BadPin, TokenUnusable, KeyUnusable, Unreachable, OtherCertificate, NeedsNewerVersion, RefusedByServer
        (wrong, used or expired code): then nothing is left behind. When the connection breaks after the server was
        asked, the profile is at ASKING and `ask_again` goes on.
        """
        check_pin(pin)
        remote, ca_certificate = self._reach(invitation)
        try:
            file, keys, recovery_code = self._begin(invitation, ca_certificate, pin, device_name, token)
            file = self._answered(file, lambda: self._ask(remote, file, keys))
        finally:
            remote.close()
        return Joined(profile=_told(file), recovery_code=recovery_code)

    def found(
        self,
        invitation: ServerInvitation,
        pin: str,
        device_name: str,
        founder: Founder,
        token: TokenChoice | None = None,
    ) -> Joined:
        """*Network.* Founds a body with a founding code: this person is its registrar. Raises what `join` raises."""
        check_pin(pin)
        remote, ca_certificate = self._reach(invitation)
        try:
            asked = FoundingTermsRequest(secret=invitation.code.secret, body=founder.body, name=founder.name)
            terms = remote.founding_terms(asked)
            file, keys, recovery_code = self._begin(invitation, ca_certificate, pin, device_name, token)
            try:
                founding = sign_founding(keys, pin if token is None else token.pin, founder, terms, self._clock())
            except BaseException:  # a token that was pulled out: nobody has been asked anything yet
                self._remove(file)
                raise
            file = replace(
                file,
                founding=founding,
                body=founder.body,
                body_name=founder.name,
                person=founder.registrar,
                office=founder.office,
            )
            self._profiles.write(file)
            file = self._answered(file, lambda: self._found(remote, file, founding))
        finally:
            remote.close()
        return Joined(profile=_told(file), recovery_code=recovery_code)

    def ask_again(self, profile: Profile) -> Profile:
        """*Network.* The profile as the server sees it now: still waiting, confirmed, declined. No PIN needed.

        Raises KeyUnusable, Unreachable, OtherCertificate, NeedsNewerVersion, RefusedByServer.
        """
        file = self._profiles.read(profile.id)
        remote = Remote(file.host, file.port, file.ca_certificate)
        try:
            if file.stage is Stage.ASKING and file.founding is not None:
                file = self._found(remote, file, file.founding)
            elif file.stage is Stage.ASKING:
                file = self._ask(remote, file, self._open_keys(file))
            elif file.stage is Stage.WAITING:
                enrolment = remote.enrolment(file.enrolment)
                self._keep_certificate(self._open_keys(file), enrolment)
                file = self._heard(file, enrolment)
        finally:
            remote.close()
        return _told(file)

    def rejoin(self, profile: Profile, invitation: ServerInvitation) -> Profile:
        """*Network.* Asks for enrolment of new keys, after `recover` or `renew`. Raises what `join` raises."""
        file = self._profiles.read(profile.id)
        remote, ca_certificate = self._reach(invitation)
        try:
            keys = self._open_keys(file)
            file = replace(
                file,
                host=invitation.host,
                port=invitation.port,
                ca_certificate=ca_certificate,
                secret=invitation.code.secret,
                asked_at=self._clock(),
            )
            return _told(self._ask(remote, file, keys))
        finally:
            remote.close()

    def change_keys(
        self, profile: Profile, invitation: ServerInvitation, pin: str, token: TokenChoice | None = None
    ) -> Profile:
        """*Network.* `renew` and `rejoin` in one, as before a certificate expires. Raises what they raise.

        The server that the code means is reached before the old keys go. A code that it then refuses leaves the
        profile at NEW_KEYS, for `rejoin` with another.
        """
        remote, _ = self._reach(invitation)
        remote.close()
        return self.rejoin(self.renew(profile, pin, token), invitation)

    # ---------------------------------------------------------------- every day

    def unlock(self, profile: Profile, pin: str) -> "Desk":
        """Opens the vault. Raises WrongPin, KeyUnusable, StorageUnusable."""
        from ecabinet.client.desk.desk import open_desk  # noqa: PLC0415 - most of the program, and not needed to ask

        file = self._profiles.read(profile.id)
        keys = self._open_keys(file)
        with keys_told():
            vault_key = keys.unlock_vault(pin)
        file = replace(file, used_at=self._clock())
        self._profiles.write(file)
        place = self._profiles.place(file.id)
        return open_desk(place, file, keys, vault_key, serially=self._serially, clock=self._clock)

    def recover(self, profile: Profile, recovery_code: str, pin: str, token: TokenChoice | None = None) -> Profile:
        """Sets a new PIN by the recovery code. The vault is kept; the keys are new, and must enrol (`rejoin`).

        The signing key is made here, unless a token is given. Raises WrongRecoveryCode, BadPin, KeyUnusable,
        TokenUnusable.
        """
        check_pin(pin)
        try:
            code = RecoveryCode.parse(recovery_code)
        except BadRecoveryCode as error:
            raise WrongRecoveryCode from error
        file = self._profiles.read(profile.id)
        with keys_told():
            keys = DeviceKeys.recover(
                self._keys_place(file.id),
                self._keystore,
                code,
                pin,
                token_key=self._token_key(token),
                tokens=self._tokens,
            )
        return self._renewed(file, keys)

    def renew(self, profile: Profile, pin: str, token: TokenChoice | None = None) -> Profile:
        """Makes new keys in the place of destroyed, revoked or expired ones; they must enrol (`rejoin`).

        The signing key is made here, unless a token is given. Raises WrongPin, KeyUnusable, TokenUnusable.
        """
        file = self._profiles.read(profile.id)
        keys = self._open_keys(file)
        with keys_told():
            return self._renewed(file, keys.renew(self._keystore, pin, token_key=self._token_key(token)))

    def change_pin(self, profile: Profile, old: str, new: str) -> None:
        """Raises BadPin, WrongPin, KeyUnusable."""
        check_pin(new)
        keys = self._open_keys(self._profiles.read(profile.id))
        with keys_told():
            keys.change_pin(old, new)

    def forget(self, profile: Profile) -> None:
        """Destroys a profile's keys, vault and papers on this device: when declined, or before it is handed on."""
        self._remove(self._profiles.read(profile.id))

    # ---------------------------------------------------------------- steps

    def _reach(self, invitation: ServerInvitation) -> tuple[Remote, bytes]:
        """The server that the code means, and its CA's certificate. Raises OtherCertificate for any other."""
        ca_certificate = ask_for_ca(invitation.host, invitation.port)
        try:
            is_meant = invitation.code.is_for(public_key_of(ca_certificate))
        except ValueError as error:
            raise BadAnswer from error
        if not is_meant:
            raise OtherCertificate
        remote = Remote(invitation.host, invitation.port, ca_certificate)
        remote.hello()
        return remote, ca_certificate

    def _begin(
        self,
        invitation: ServerInvitation,
        ca_certificate: bytes,
        pin: str,
        device_name: str,
        token: TokenChoice | None,
    ) -> tuple[ProfileFile, DeviceKeys, str]:
        """Keys and a profile that remembers what it is about to ask."""
        profile = uuid.uuid4().hex
        try:
            with keys_told():
                keys, code = DeviceKeys.create(
                    self._keys_place(profile),
                    self._keystore,
                    pin,
                    stretching=self._stretching,
                    token_key=self._token_key(token),
                    tokens=self._tokens,
                )
        except BaseException:  # the person is told that nothing here was changed
            self._profiles.remove(profile)
            raise
        file = ProfileFile(
            version=1,
            id=profile,
            host=invitation.host,
            port=invitation.port,
            ca_certificate=ca_certificate,
            stage=Stage.ASKING,
            secret=invitation.code.secret,
            founding=None,
            enrolment="",
            phrase=_phrase(keys),
            device_name=device_name,
            asked_at=self._clock(),
            used_at=self._clock(),
            body="",
            body_name="",
            person="",
            office="",
            office_en="",
        )
        self._profiles.write(file)
        return file, keys, str(code)

    def _answered(self, file: ProfileFile, ask: Callable[[], ProfileFile]) -> ProfileFile:
        """The profile as the server answered; as it was when nobody did; none any more when it was refused."""
        try:
            return ask()
        except Unreachable:
            return file
        except RefusedByServer:
            self._remove(file)
            raise

    def _ask(self, remote: Remote, file: ProfileFile, keys: DeviceKeys) -> ProfileFile:
        request = EnrolmentRequest(
            secret=file.secret,
            csr=keys.request,
            device_key=keys.device_public_key,
            sealing_key=keys.sealing_public_key,
            device_name=file.device_name,
        )
        enrolment = remote.ask_enrolment(request)
        public = enrolment.keys
        if (public.device_key, public.sealing_key) != (keys.device_public_key, keys.sealing_public_key):
            raise BadAnswer
        self._keep_certificate(keys, enrolment)
        return self._heard(file, enrolment)

    def _keep_certificate(self, keys: DeviceKeys, enrolment: Enrolment) -> None:
        """The one that counts: the body's CA's, or the one that the registrar took in its place."""
        certificate = enrolment.keys.signing_certificate
        with keys_told():
            if keys.chain != (certificate,):
                keys.keep_chain((certificate,))

    def _heard(self, file: ProfileFile, enrolment: Enrolment) -> ProfileFile:
        heard = replace(
            file,
            stage=_STAGES[enrolment.state],
            secret=b"",
            enrolment=enrolment.enrolment,
            body=enrolment.body,
            body_name=enrolment.body_name,
            person=enrolment.person,
            office=enrolment.office,
            office_en=enrolment.office_en,
        )
        self._profiles.write(heard)
        return heard

    def _found(self, remote: Remote, file: ProfileFile, founding: Envelope) -> ProfileFile:
        outcome = remote.found(Founding(secret=file.secret, envelope=founding))
        if outcome.refusal is not None:
            raise RefusedByServer(outcome.refusal)
        opened = open_envelope(founding)
        if not isinstance(opened.statement, BodyFounded) or outcome.receipt is None:
            raise BadAnswer
        log_key = LogKey(name=origin_of(file.body, 1), public_key=opened.statement.log_key)
        try:
            Receipt.from_text(outcome.receipt).verify(log_key, tag=tag_of(opened), envelope_digest=founding.digest)
        except ProofError as error:
            raise BadAnswer from error
        founded = replace(file, stage=Stage.CONFIRMED, secret=b"", founding=None)
        self._profiles.write(founded)
        return founded

    def _renewed(self, file: ProfileFile, keys: DeviceKeys) -> Profile:
        renewed = replace(file, stage=Stage.NEW_KEYS, phrase=_phrase(keys), enrolment="")
        self._profiles.write(renewed)
        return _told(renewed)

    def _open_keys(self, file: ProfileFile) -> DeviceKeys:
        with keys_told():
            return DeviceKeys.open(self._keys_place(file.id), self._keystore, self._tokens)

    def _token_key(self, token: TokenChoice | None) -> TokenPrivateKey | None:
        """Raises TokenError."""
        if token is None:
            return None
        return self._tokens.open(TokenAddress.parse(token.address), token.pin, knowingly=token.knowingly)

    def _remove(self, file: ProfileFile) -> None:
        # The keystore's secret first: without it the rest is noise, even if the disk remembers.
        with suppress(KeyUnusable), keys_told():
            self._keystore.delete(self._open_keys(file).key_id)
        self._profiles.remove(file.id)

    def _keys_place(self, profile: str) -> Path:
        return self._profiles.place(profile) / "keys"


def _phrase(keys: DeviceKeys) -> str:
    return fingerprint_phrase(fingerprint_of(keys.signing_public_key, keys.device_public_key, keys.sealing_public_key))


def _told(file: ProfileFile) -> Profile:
    return Profile(
        id=file.id,
        host=file.host,
        port=file.port,
        stage=file.stage,
        phrase=file.phrase,
        device_name=file.device_name,
        asked_at=file.asked_at,
        body=file.body,
        body_name=file.body_name,
        person=file.person,
        office=file.office,
        office_en=file.office_en,
    )
