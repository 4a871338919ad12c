"""The web application: ``uvicorn app.main:app``."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from tasker.engine import UnavailableError

from app import errors
from app.engine import get_engine, tasker
from app.routers import orders, shipments

logger = logging.getLogger("uvicorn.error")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    try:
        await run_in_threadpool(get_engine)
    except UnavailableError as problem:
        logger.warning("started without an engine; requests will try to open it: %s", problem)
    yield
    await run_in_threadpool(tasker.close)


app = FastAPI(title="Orders", exception_handlers=errors.HANDLERS)
# Not FastAPI(lifespan=lifespan): Debian 12 has FastAPI 0.92, which ignores it.
app.router.lifespan_context = lifespan
app.include_router(orders.router)
app.include_router(shipments.router)


@app.get("/up")
async def up() -> dict[str, str]:
    return {"status": "up"}
