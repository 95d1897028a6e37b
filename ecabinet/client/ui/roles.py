"""What roles are called."""

from collections.abc import Iterable

from ecabinet.client.ui.words import Names, say
from ecabinet.core.people import Grant, Role

role_name = Names("roles", Role)


def roles_said(grants: Iterable[Grant]) -> str:
    """The roles granted, one after another."""
    names = list(dict.fromkeys(role_name(grant.role) for grant in grants))
    return ", ".join(names) if names else say("roles.none")
