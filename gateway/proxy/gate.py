"""The second door: a pure-ASGI middleware around any ASGI application.

    app = Gate(app, policy="policies/antara", journal="izin-journal")

Theory of operation. The policy is compiled when the gate is made, so that a bad one is found at once. The journal's lane
is opened by the first thing that happens in a running loop (start of the life span, else the first request), since only
then it is known which process will write it (`gateway.proxy.gate_lane`). What the relay does with octets, the gate does with messages: nothing of a response is sent before the entry is accepted, and for a
method that may change something, or a WebSocket, the application is not even called before. Which octets make a request
is the server's business here.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from gateway import enforce
from gateway.audit.receipt import JournalError
from gateway.audit.recorder import Recorder
from gateway.enforce.answer import Embargo, Forward, Obligations, Reply
from gateway.judgement import Judgement, asks_for_token
from gateway.licenses.grant import MOST
from gateway.lookups.catalogue import Catalogues
from gateway.lookups.token_desk import TokenDesk
from gateway.policy.model import Policy
from gateway.proxy.asgi import (
    App,
    Message,
    Receive,
    Scope,
    Send,
    dressed,
    for_application,
    introduced,
    peer_of,
    read_body,
    read_scope,
    send_reply,
    values_of,
)
from gateway.proxy.gate_lane import FIRST, Checking, GateLane, PolicySource, Shipping
from gateway.proxy.peer import Peers
from gateway.settings import parse_servers, parse_vkeys
from gateway.shared.address import parse_redis
from gateway.shared.begin import Sharing, check
from gateway.targets import check_target
from gateway.vocabulary import End, Level


class Gate:
    """Judges, records and enforces in front of ``app``.

    ``policy`` is a policy folder or a compiled Policy; ``journal`` the folder under which each process has its lane;
    ``trusted_proxies`` are prefixes, or names of delivery networks, whose word about the client is believed, given in
    ``client_field`` (`X-Forwarded-For` and the like; empty for what they write by default); ``certificate_proxies`` are those
    of them that hand on clients' certificates as Client-Cert. ``license_keys`` is the folder of the keys of license tokens, by
    default ``.keys`` in the policy's; a compiled policy has none of its own.

    With ``lookups`` claims are checked as the front door does, by published lists and by reverse names that the servers
    ``dns`` (`ADDRESS[:PORT]`, else the system's) are asked for. The lists are in `journal/lists`; with ``fetch`` they are kept
    up to date from their operators, else they are as they were put there.

    ``follow`` are addresses to which each process ships its entries (`file:///…`, `https://…`), ``follow_token_file`` has the
    token that is shown there. ``catalogue_key`` has the public keys of which one must have signed a catalogue of agents that
    `izin agents update` put into the first lane's folder.

    ``redis`` is where processes and gateways count together (`redis://…`, as `--redis` of `izin serve`), ``redis_password_file``
    has its password, ``redis_ca`` the authorities that vouch for it. Raises PolicyError, and ValueError for what is no proxy, no
    such field, no server, no such address, no key or nothing to share by.
    """

    def __init__(
        self,
        app: App,
        policy: Policy | str | Path,
        journal: str | Path,
        trusted_proxies: Iterable[str] = (),
        client_field: str = "",
        certificate_proxies: Iterable[str] = (),
        *,
        lookups: bool = True,
        fetch: bool = True,
        dns: Iterable[str] = (),
        license_keys: str | Path | None = None,
        follow: Iterable[str] = (),
        follow_token_file: str | Path | None = None,
        catalogue_key: str = "",
        redis: str = "",
        redis_password_file: str | Path | None = None,
        redis_ca: str | Path | None = None,
    ) -> None:
        self.app = app
        self._journal = Path(journal)
        token = None if follow_token_file is None else Path(follow_token_file)
        self._shipping = Shipping(tuple(dict.fromkeys(map(check_target, follow))), token)
        password, ca = (None if one is None else Path(one) for one in (redis_password_file, redis_ca))
        self._sharing = Sharing(parse_redis(redis), password, ca)
        check(self._sharing)
        keys = None if license_keys is None else Path(license_keys)
        self._source = PolicySource(
            policy, keys, Catalogues(self._journal / FIRST, parse_vkeys(catalogue_key))
        )
        self._peers = Peers.parse(trusted_proxies, client_field, certificate_proxies)
        self._checks = Checking(parse_servers(",".join(dns)), fetch) if lookups else None
        self._lane: GateLane | None = None
        self._opening: asyncio.Lock | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One scope."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] in ("http", "websocket"):
            lane = self._lane or await self._open()
            request = read_scope(scope, self._peers)
            judged = lane.judge(request)
            judgement = judged if isinstance(judged, Judgement) else await judged
            lane.judged(judgement, peer_of(scope))
            shown = introduced(scope, request.client, self._peers)
            passage = _Passage(self.app, lane.recorder, judgement, shown, receive, send)
            if asks_for_token(judgement) and lane.desk is not None and scope["type"] == "http":
                await passage.token(lane.desk)
            else:
                await (passage.http() if scope["type"] == "http" else passage.websocket())
        else:
            await self.app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the lane with the application's life and close it after."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._open()
                except JournalError as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":  # after that a server may end at once
                await self.close()
            await send(message)

        try:
            await self.app(scope, received, sent)
        finally:
            await self.close()

    async def _open(self) -> GateLane:
        if self._opening is None:
            self._opening = asyncio.Lock()
        async with self._opening:
            if self._lane is None:
                self._lane = await GateLane.open(
                    self._source, self._journal, self._peers, self._checks, self._shipping, self._sharing
                )
            return self._lane

    async def close(self) -> None:
        """Let go of the lane; the next request would open one again."""
        lane, self._lane = self._lane, None
        if lane is not None:
            with suppress(JournalError):  # the recorder has said why
                await lane.close()


class _Passage:
    """One request through the gate."""

    def __init__(
        self, app: App, recorder: Recorder, judgement: Judgement, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app, self._recorder, self._judgement = app, recorder, judgement
        self._scope, self._receive, self._send = scope, receive, send
        self._level: asyncio.Future[Level | None] = asyncio.get_running_loop().create_future()
        self._obligations: Obligations | None = None
        self._status: int | None = None
        self._octets = 0
        self._whole = False
        self._trailers = False
        self._gone = False
        self._withheld = False
        self._bodiless = judgement.request.method == "HEAD"

    async def http(self) -> None:
        """An `http` scope."""
        answer = self._ask()
        if not isinstance(answer, Forward):
            await self._reply(await self._recorded_or(answer), End.COMPLETE)
        elif not self._judgement.request.safe and await self._level is None:
            await self._reply(enforce.unrecorded(self._judgement), End.COMPLETE)
        else:
            self._obligations = answer.obligations
            await self._run(for_application(self._scope, self._judgement.request), self._http_send)

    async def token(self, desk: TokenDesk) -> None:
        """A token request: its body is read, and answered once its entry is accepted."""
        self._recorder.decision(self._judgement, self._accepted)
        body = await read_body(self._receive, MOST)
        if body is None:
            reply = Reply(413, ())
        elif await self._level is None:
            reply = enforce.unrecorded(self._judgement)
        else:
            said = {name: values_of(self._scope, name) for name in (b"authorization", b"content-type")}
            media = ", ".join(said[b"content-type"])
            reply = await desk.answer(self._judgement, said[b"authorization"], media, body)
        await self._reply(await self._recorded_or(reply), End.COMPLETE)

    async def websocket(self) -> None:
        """A `websocket` scope: an upgrade waits for its entry."""
        answer = self._ask()
        reply = answer if isinstance(answer, Reply) else None
        if await self._level is None:
            reply = enforce.unrecorded(self._judgement)
        if reply is None:
            await self._run(for_application(self._scope, self._judgement.request), self._websocket_send)
            return
        await self._receive()  # websocket.connect
        octets, end = 0, End.COMPLETE
        try:
            if "websocket.http.response" in (self._scope.get("extensions") or {}):
                octets = await send_reply(self._send, reply, bodiless=False, kind="websocket.http.response")
            else:
                await self._send({"type": "websocket.close", "code": 1008})
        except OSError:
            end = End.CLIENT_GONE
        self._recorder.outcome(self._judgement, reply.status, octets, end)

    def _ask(self) -> Reply | Forward:
        answer = enforce.answer_to(self._judgement)
        self._recorder.decision(self._judgement, self._accepted)
        return answer

    def _accepted(self, level: Level | None) -> None:
        if not self._level.done():
            self._level.set_result(level)

    async def _recorded_or(self, reply: Reply) -> Reply:
        return enforce.unrecorded(self._judgement) if await self._level is None else reply

    async def _reply(self, reply: Reply, end: End) -> None:
        octets = 0
        try:
            octets = await send_reply(self._send, reply, bodiless=self._bodiless)
        except OSError:
            end = End.CLIENT_GONE
        self._recorder.outcome(self._judgement, reply.status, octets, end)

    async def _run(self, scope: Scope, send: Send) -> None:
        """Call the application, and record how it ended however it ends."""
        end = End.UNKNOWN
        try:
            await self._app(scope, self._received, send)
            end = End.COMPLETE if self._whole else End.CLIENT_GONE if self._gone else End.APP_ERROR
        except Exception:
            if self._withheld:
                return  # it had no way out any more, and has heard so
            end = End.CLIENT_GONE if self._gone else End.APP_ERROR
            raise
        finally:
            if not self._withheld:
                self._recorder.outcome(self._judgement, self._status, self._octets, end)

    async def _received(self) -> Message:
        if self._withheld:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._gone = self._gone or not self._whole
        elif message["type"] == "websocket.disconnect":
            self._whole = True
        return message

    async def _pass(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:  # how servers say that the client has gone
            self._gone = True
            raise

    async def _http_send(self, message: Message) -> None:
        if self._level.done():
            level = self._level.result()
        else:
            level = await self._level
        if level is None:
            await self._withhold(enforce.unrecorded(self._judgement))
        kind = message["type"]
        if kind == "http.response.start":
            assert self._obligations is not None
            if self._obligations.embargo is not None and self._is_embargoed(
                message, self._obligations.embargo
            ):
                await self._withhold(enforce.withheld(self._judgement))
            self._status = message["status"]
            self._trailers = message.get("trailers", False)
            message = dressed(message, self._obligations)
        await self._pass(message)
        if kind == "http.response.body":
            if not self._bodiless:
                self._octets += len(message.get("body", b""))
            self._whole = not message.get("more_body", False) and not self._trailers and not self._gone
        elif kind == "http.response.trailers":
            self._whole = not message.get("more_trailers", False) and not self._gone

    def _is_embargoed(self, start: Message, embargo: Embargo) -> bool:
        fields = ((bytes(name).lower(), bytes(value)) for name, value in start.get("headers", ()))
        return embargo.withholds(start["status"], fields)

    async def _withhold(self, reply: Reply) -> None:
        """An answer of ours in place of the application's, to which it is as if the client had gone."""
        if not self._withheld:
            self._withheld = True
            await self._reply(reply, End.WITHHELD)
        raise OSError("the client is not answered")

    async def _websocket_send(self, message: Message) -> None:
        await self._pass(message)
        kind = message["type"]
        if kind == "websocket.accept":
            self._status = 101
        elif kind == "websocket.send":
            self._octets += len(message.get("bytes") or message.get("text", "").encode())
        elif kind == "websocket.close":
            self._status = self._status or 403
            self._whole = True
        elif kind == "websocket.http.response.start":
            self._status = message["status"]
        elif kind == "websocket.http.response.body":
            self._octets += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
