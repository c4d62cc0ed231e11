"""The stub news site as a program of its own: prints its port, then serves until it is ended."""

import asyncio
import sys
from datetime import UTC, datetime

from gateway.demo.site import serving, site


async def main() -> None:
    async with serving(site(datetime.now(UTC), ticks=0.2)) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
