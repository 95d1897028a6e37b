"""What offices and roles are called."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from ecabinet.client.ui.times import Times
from ecabinet.client.ui.words import Language, Names, language, say
from ecabinet.core.codec import Name
from ecabinet.core.people import Grant, Role

if TYPE_CHECKING:  # it brings the vault, which nobody needs before the PIN
    from ecabinet.client.desk.notes import Colleague

role_name = Names("roles", Role)


class Holder(Protocol):
    """Somebody with an office."""

    @property
    def office(self) -> str: ...

    @property
    def office_en(self) -> str: ...


def roles_said(grants: Iterable[Grant], known: Mapping[Name, Holder]) -> str:
    """The roles granted, one after another; whom an assistant helps by office, as far as he is `known`."""
    names = list(dict.fromkeys(_role_said(grant, known) for grant in grants))
    return ", ".join(names) if names else say("roles.none")


def grant_said(grant: Grant, known: Mapping[Name, Holder], times: Times) -> str:
    """All of a grant: the role, whom it helps, from when and until when."""
    said = [_role_said(grant, known)]
    said.append(say("roles.from", when=times.exact(grant.from_at)))
    if grant.to_at is not None:
        said.append(say("roles.until", when=times.exact(grant.to_at)))
    return ", ".join(said)


def offices_said(people: "Iterable[Colleague]") -> str:
    """The offices of these, one after another."""
    return "; ".join(office_said(each.office, each.office_en) for each in people)


def office_said(office: str, office_en: str) -> str:
    """An office in the language in use, as far as it has a name in it."""
    return office_en if language() is Language.ENGLISH and office_en else office


def _role_said(grant: Grant, known: Mapping[Name, Holder]) -> str:
    if grant.for_person is None:
        return role_name(grant.role)
    helped = known.get(grant.for_person)
    office = grant.for_person if helped is None else office_said(helped.office, helped.office_en)
    return say("roles.helping", role=role_name(grant.role), office=office)
