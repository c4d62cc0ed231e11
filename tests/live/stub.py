"""The stub news site as a program of its own: prints its port, then serves until it is ended."""

import asyncio
from datetime import UTC, datetime

from gateway.demo.site import serving, site


async def main() -> None:
    # Opened at midnight of a fixed hour, so that two of them have the same pages.
    async with serving(site(datetime.now(UTC), ticks=0.2)) as port:
        print(port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
