"""A site of an operator that publishes lists, on loopback, and lists to publish."""

import asyncio
from contextlib import asynccontextmanager

NOW = 1_780_000_000
DAY = 86_400
FEW = b'{"prefixes":[{"ipv4Prefix":"66.249.64.0/24"},{"ipv6Prefix":"2001:4860::/64"}]}'
MANY = b'{"prefixes":[{"ipv4Prefix":"66.249.0.0/16"}]}'
LIST = "https://satu.example/list.json"


class Site:
    """Answers each path with the octets it is given, after its headers; remembers the heads of requests."""

    def __init__(self):
        self.paths, self.heads = {}, []

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.heads.append(head)
                answer = self.paths.get(head.split(" ")[1], (404, {}, b""))
                if callable(answer):
                    await answer(writer)
                    break
                status, fields, body = answer
                lines = [
                    f"HTTP/1.1 {status} X",
                    f"Content-Length: {len(body)}",
                    *(f"{k}: {v}" for k, v in fields.items()),
                ]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the other side has gone, or the test has
        finally:
            writer.close()


@asynccontextmanager
async def site():
    its = Site()
    server = await asyncio.start_server(its.serve, "127.0.0.1", 0)
    its.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield its
    finally:
        server.close()


async def drip(writer):
    """An answer that never comes to its end."""
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n")
    for _ in range(1000):
        if writer.is_closing():
            return
        writer.write(b"8")
        await writer.drain()
        await asyncio.sleep(0.02)


async def flood(writer):
    """An answer of 50 MB."""
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n")
    try:
        for _ in range(50):
            writer.write(b"8.8.8.8\n" * 131_072)
            await writer.drain()
    except ConnectionError:
        pass
