"""What offices and roles are called."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecabinet.client.ui.times import Times
from ecabinet.client.ui.words import Language, Names, language, say
from ecabinet.core.people import Grant, Role

if TYPE_CHECKING:  # it brings the vault, which nobody needs before the PIN
    from ecabinet.client.desk.notes import Colleague

role_name = Names("roles", Role)


def roles_said(grants: Iterable[Grant]) -> str:
    """The roles granted, one after another."""
    names = list(dict.fromkeys(role_name(grant.role) for grant in grants))
    return ", ".join(names) if names else say("roles.none")


def grant_said(grant: Grant, times: Times) -> str:
    """All of a grant: the role, whom it helps, from when and until when."""
    said = [role_name(grant.role)]
    if grant.for_person is not None:
        said.append(say("roles.helps", person=grant.for_person))
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
