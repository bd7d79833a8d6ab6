"""Work beside the event loop: the core lets Python go on while it verifies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def beside(executor: Executor, work: Callable[[], T]) -> T:
    """The result of `work`, done in another thread."""
    return await asyncio.get_running_loop().run_in_executor(executor, work)
