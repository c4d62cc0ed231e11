"""Who is signed in already, by the word of a sign-in proxy of the newsroom."""

from ipaddress import ip_address
from typing import NamedTuple

from starlette.datastructures import Headers

from gateway.console.accounts import LONGEST_NAME, Account, Accounts
from gateway.console.role import Role
from gateway.licenses.proof import Network


class SignIn(NamedTuple):
    """The header field in which ``proxies`` name who is signed in; empty where nobody's word counts."""

    field: str = ""
    proxies: tuple[Network, ...] = ()

    def account(self, peer: str, headers: Headers, accounts: Accounts) -> Account | None:
        """The account that a trusted proxy names: with its role, where there is one of that name; else a reader's."""
        names = headers.getlist(self.field) if self.field else []
        if len(names) != 1 or not self._trusts(peer):
            return None
        name = names[0].strip()
        if not 0 < len(name) <= LONGEST_NAME or not name.isascii() or not name.isprintable():
            return None
        known = accounts.account(name)
        return Account(name, Role.READER if known is None else known.role, local=False)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.proxies)
