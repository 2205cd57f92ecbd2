"""One application behind a real HTTP server, for what only a socket shows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from deploy.local.servers import free_ports
from tests.waiting import until


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """The port on which it answers; its own work (consumers, relay, jobs) does not run."""
    (port,) = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())

    async def begun() -> bool:
        return server.started

    await until(begun, "the server listens")
    try:
        yield port
    finally:
        server.should_exit = True
        await serving
