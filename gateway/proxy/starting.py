"""Starting a program as a child of this process."""

import asyncio
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Any


async def start(*words: str, **options: Any) -> Process:
    """The program, once it runs; OSError where it cannot. ``options`` as `asyncio.create_subprocess_exec` has them.

    Who is cancelled while it starts has no child to end, and asyncio neither ends nor names it: so it is ended here.
    """
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*words, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):
            process = await starting
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        raise
