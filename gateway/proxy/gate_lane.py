"""What one process of the gate holds while it runs: its lane of the journal, its judge, the policy in force, its checks.

The lane's folder is `journal/<slot>` and its name `machine/slot`, so that several processes share one journal. What is not a
process's own, the published lists, is in `journal/lists`; of several processes one brings them up to date.
"""

import asyncio
import atexit
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from gateway.audit.anchoring import Anchoring
from gateway.audit.folder import idle_slots, take_slot
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import SiteLog
from gateway.audit.site_sealing import SiteSealing
from gateway.identify import client_certificate
from gateway.instants import DAY, SECOND
from gateway.judgement import Judgement, Version
from gateway.lookups import license_keys
from gateway.lookups.catalogue import Catalogues
from gateway.lookups.certificates import certificates_now
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.ranges import lists_folder
from gateway.lookups.resolver import Resolver
from gateway.lookups.time_stamps import stamped
from gateway.lookups.token_desk import TokenDesk
from gateway.orders import Orders
from gateway.policy.model import Origin, Policy
from gateway.proxy.background import Background
from gateway.proxy.counters import Counters
from gateway.proxy.followers import Followers
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.proxy.oplog import tell_apart, tell_unnamed
from gateway.proxy.peer import Peers
from gateway.proxy.unnamed import UnnamedProxies, may_be_silent
from gateway.proxy.verifying import Verifying
from gateway.proxy.versions import Versions, make_version
from gateway.shared.begin import NOT_SHARED, Sharing, begin
from gateway.signatures import no_directory
from gateway.vocabulary import Mode

if TYPE_CHECKING:
    from gateway.shared.state import SharedState

#: The folder of the lane that is taken first; what commands lay down for all of them lies there.
FIRST: Final = "0"


class Checking(NamedTuple):
    """How claims are checked: name servers (the system's if there are none), and whether lists are fetched."""

    dns: tuple[str, ...] = ()
    fetch: bool = True


class Shipping(NamedTuple):
    """Where entries are shipped to as they are written, and the file with the token that is shown there."""

    targets: tuple[str, ...] = ()
    token_file: Path | None = None


class _Overrides(NamedTuple):
    """The application is the origin, and the policy's modes hold."""

    origin: Origin | None = None
    mode: Mode | None = None


_NOWHERE: Final = Shipping()


class PolicySource:
    """Where the gate's policy comes from, a folder or a value, and its version that was taken up last; and where the keys of
    license tokens are, None where they are nowhere. PolicyError where the policy cannot be used."""

    def __init__(self, policy: Policy | str | Path, keys: Path | None, catalogues: Catalogues) -> None:
        self.keys = keys
        self.folder: PolicyFolder | None = None
        if not isinstance(policy, Policy):
            self.folder = PolicyFolder(Path(policy), catalogues)
            self.keys = keys or Path(policy) / license_keys.NAME
            policy = self.folder.load()
        self.stated = datetime.now(UTC)
        self.version = make_version(policy, _Overrides(), 1, self.stated)

    def load(self) -> Policy:
        """The policy as it is now."""
        return self.version.policy if self.folder is None else self.folder.load()


class GateLane:
    """The lane of this process, and the judge whose decisions it records, from `open` to `close`."""

    def __init__(
        self,
        source: PolicySource,
        journal: Journal,
        peers: Peers,
        checks: Checking | None,
        shipping: Shipping = _NOWHERE,
    ) -> None:
        self.recorder, self._journal, self._source = journal.recorder, journal, source
        self._peers, self._asked = peers, 0
        self._shared: SharedState | None = None
        self._unnamed = UnnamedProxies(lambda: self._asked, tell_unnamed)
        self._background = Background()
        clock = asyncio.get_running_loop().time
        self._tokens: LicenseTokens | None = None
        if source.keys is not None:
            self._tokens = LicenseTokens(source.keys, journal.clock.wall, journal.recorder.orders)
        #: Answers token requests; None where there are no keys.
        self.desk: TokenDesk | None = None
        if source.keys is not None:
            folder = license_keys.KeyFolder(source.keys)
            self.desk = TokenDesk(
                folder, clock=journal.clock.wall, new_id=journal.new_id, event=journal.event
            )
        self._verifying: Verifying | None = None
        if checks is not None:
            lists = lists_folder(journal.folder.parent)
            self._verifying = Verifying(
                journal, peers, self._tokens, fetch=checks.fetch, dns=checks.dns, lists=lists
            )
        self.judge = Judge(
            source.version,
            Resolver(
                {},
                _no_robots,
                clock,
                {
                    client_certificate.NAME: certificates_now(journal.clock.wall),
                    **(self._tokens.standing if self._tokens else {}),
                },
            )
            if self._verifying is None
            else self._verifying.resolver(_no_robots, clock),
            clock=journal.clock.wall,
            new_id=journal.new_id,
            orders=journal.recorder.orders,
            take=journal.counters.take,
            find=no_directory if self._verifying is None else self._verifying.directories.find,
            checkpoint=lambda: journal.recorder.lane.checkpoint,
            site_checkpoint=SiteLog(journal.folder.parent).shown,
        )
        self._followers = Followers(
            journal.folder, journal.recorder.lane.name, shipping.targets, shipping.token_file
        )
        #: Removes what is over, here and from the lanes that nobody writes any more.
        self.keeping = Keeping(
            journal,
            lambda: source.version.policy.audit,
            left=self._left_behind,
            whole=journal.folder.parent,
        )
        site = SiteSealing(journal.folder.parent, source.version.policy.site)
        #: Takes the lanes into the log of the site, and that to the anchors.
        self._anchoring = Anchoring(
            journal, lambda: source.version.policy.audit.anchors, stamped, site=site, own=False
        )
        self._versions = Versions(
            source.version,
            _Overrides(),
            load=source.load,
            keep=lambda version: journal.keep(version.texts),
            event=journal.event,
            hand_out=self._hand_out,
            counters=Counters(),
            stated=source.stated,
        )
        self.recorder.on_orders = self._ordered
        # A server without a life span ends without telling us; what is queued is written all the same.
        atexit.register(self.recorder.lane.close)

    @classmethod
    async def open(
        cls,
        source: PolicySource,
        folder: Path,
        peers: Peers,
        checks: Checking | None,
        shipping: Shipping = _NOWHERE,
        sharing: Sharing = NOT_SHARED,
    ) -> Self:
        """Take a free lane in the folder. JournalError where there is none, or it cannot be used."""
        slot, name, hold = await asyncio.to_thread(take_slot, folder)
        journal = Journal.opened(slot, site=source.version.policy.site, new_id=Ids(), name=name, hold=hold)
        lane: Self | None = None
        try:
            shared = await begin(journal, sharing)
            lane = cls(source, journal, peers, checks, shipping)
            lane._shared = shared
            await journal.open()
            await lane._begin()
        except BaseException:
            await (lane or journal).close()  # else each request that tries again would take a slot more
            raise
        if shared is None and slot.name != FIRST and any(one.quota for one in source.version.policy.licenses):
            tell_apart(name)
        return lane

    def judged(self, judgement: Judgement, peer: str) -> None:
        """Count who passed a check and who failed it, and what comes by proxies that nobody named."""
        self._asked += 1
        if not self._peers.trusts(peer):
            if not judgement.request.client.certain:
                self._unnamed.saw(peer)
            elif may_be_silent(peer):
                self._unnamed.saw_silent(peer)
        if self._verifying is not None:
            self._verifying.judged(judgement)

    async def close(self) -> None:
        """Ask nothing any more, write what waits, and let go of the lane."""
        atexit.unregister(self.recorder.lane.close)
        await self._background.close()
        if self._verifying is not None:
            await self._verifying.close()
        if self._shared is not None:
            await self._shared.close()
        await self._journal.close()
        await self._anchoring.last()

    async def _begin(self) -> None:
        if not await self._versions.announce():
            self.recorder.promises = False
            self._background.begin(self._announce_again())
        self._background.begin(self._versions.follow_licenses())
        if self._source.folder is not None:
            self._background.begin(self._versions.follow_folder(self._source.folder.changed))
        if self._verifying is not None:
            self._verifying.use(self._source.version)
            await self._verifying.open()
            self._background.begin(self._verifying.run())
        if self._tokens is not None:
            self._background.begin(self._tokens.run())
        self._background.begin(self._followers.run())
        self._background.begin(self.keeping.run())
        self._background.begin(self._anchoring.run())

    async def _announce_again(self) -> None:
        await self._versions.announce_again()
        self.recorder.promises = True

    def _left_behind(self) -> Iterator[Journal]:
        """The lanes that processes of before have left, and that nobody has looked at today."""
        now = self._journal.clock.wall()
        site = self._source.version.policy.site
        for slot, hold in idle_slots(self._journal.folder.parent, (now - now % DAY) / SECOND):
            with suppress(JournalError):
                yield Journal.opened(slot, site=site, new_id=Ids(), hold=hold)

    def _hand_out(self, version: Version) -> None:
        self._source.version, self._source.stated = version, datetime.now(UTC)
        self.judge.use(version)
        if self._verifying is not None:
            self._verifying.use(version)

    def _ordered(self, orders: Orders) -> None:
        self.judge.orders = orders
        if self._tokens is not None:
            self._tokens.obey(orders)


def _no_robots(_host: object, _name: str) -> None:
    """The application is the origin, so there is no robots.txt of another to respect."""
