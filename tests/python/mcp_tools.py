"""The client of MCP, by the revision 2026-07-28, with endpoints as tools."""

import asyncio
import json
import sys
import time

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from cases import case, run

URL = sys.argv[1] + "/mcp"
CLERK, BUYER = "clerk-0123456789abcdef", "buyer-0123456789abcdef"


def as_user(key, look):
    async def connected():
        async with httpx2.AsyncClient(headers={"x-api-key": key}, timeout=20) as http:
            transport = streamable_http_client(URL, http_client=http)
            async with Client(transport, read_timeout_seconds=20) as client:
                return await look(client)

    return asyncio.run(connected())


async def names(client):
    """Returns the names of the tools. Each page of the server has one."""
    found, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        found += [tool.name for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None:
            return found


async def stops_at_once():
    """Waits until no handler runs, and returns whether that took less than 5 s, or how long it took."""
    async with httpx2.AsyncClient(timeout=20) as http:
        start = time.monotonic()
        while (await http.get(sys.argv[1] + "/running")).json() > 0:
            if time.monotonic() - start > 5:
                break
        took = time.monotonic() - start
    print(f"the handler was dropped within {took * 1000:.1f} ms", file=sys.stderr)
    return took < 5 or took


@case
def a_clerk_and_a_buyer_see_different_tools():
    return [as_user(CLERK, names), as_user(BUYER, names)]


@case
def a_call_has_a_structured_result():
    async def look(client):
        return (await client.call_tool("place_order", {"item": "tea", "quantity": 2})).structured_content

    return as_user(BUYER, look)


@case
def a_refused_call_is_mended_from_its_error():
    async def look(client):
        refused = await client.call_tool("place_order", {"item": "tea", "quantity": 1000})
        [error] = json.loads(refused.content[0].text)["errors"]
        most = int(error["reason"].split(" ")[-1])
        mended = await client.call_tool("place_order", {"item": "tea", "quantity": most})
        return [error["name"], error["reason"], mended.structured_content["quantity"]]

    return as_user(BUYER, look)


@case
def events_are_progress_in_order():
    async def look(client):
        seen = []

        async def progress(now, total, message):
            seen.append([int(now), int(total), message])

        result = await client.call_tool("ship_order", {"id": 7}, progress_callback=progress)
        return [seen, result.structured_content]

    return as_user(CLERK, look)


@case
def a_call_is_cancelled():
    async def look(client):
        packed = asyncio.Event()

        async def progress(now, total, message):
            if now == 3:
                packed.set()

        arguments = {"id": 7, "forever": True}
        call = asyncio.create_task(client.call_tool("ship_order", arguments, progress_callback=progress))
        await asyncio.wait_for(packed.wait(), 20)
        call.cancel()
        stopped = await stops_at_once()
        try:
            await call
        except asyncio.CancelledError:
            return [True, stopped]
        return [False, stopped]

    return as_user(CLERK, look)


@case
def a_tool_of_others_is_refused():
    async def look(client):
        refused = await client.call_tool("ship_order", {"id": 7})
        return [refused.is_error, json.loads(refused.content[0].text)["status"]]

    return as_user(BUYER, look)


@case
def a_change_of_a_topic_is_seen():
    async def look(client):
        async with client.listen(resource_subscriptions=["topic:placed"]) as changes:
            await client.call_tool("place_order", {"item": "tea", "quantity": 3})
            async for change in changes:
                return change.uri

    return as_user(BUYER, look)


run()
