"""The client of MCP, with a session (2025-11-25) and without (2026-07-28)."""

import asyncio
import sys

import mcp_types as types
from mcp import Client
from mcp.shared.exceptions import MCPError

from cases import case, run

URL = sys.argv[1] + "/mcp"


def with_client(look, mode="legacy", **options):
    async def connected():
        async with Client(URL, mode=mode, read_timeout_seconds=20, **options) as client:
            return await look(client)

    return asyncio.run(connected())


async def count(client, **arguments):
    """Calls the tool, and returns the progress that it reported and its result."""
    progress = []

    async def seen(now, total, message):
        progress.append([now, total])

    result = await client.call_tool("count", arguments, progress_callback=seen)
    return [progress, result.content[0].text]


@case
def a_session_is_opened():
    async def look(client):
        return [client.server_info.name, client.protocol_version, client.server_capabilities.tools.list_changed]

    return with_client(look)


@case
def tools_are_listed():
    async def look(client):
        return [tool.name for tool in (await client.list_tools()).tools]

    return with_client(look)


@case
def a_tool_reports_its_progress():
    return with_client(lambda client: count(client, to=3))


@case
def a_call_that_is_cut_resumes():
    return with_client(lambda client: count(client, to=3, cut=True))


@case
def a_notification_arrives_without_a_request():
    async def connected():
        arrived = asyncio.Event()

        async def handler(message):
            if isinstance(message, types.ToolListChangedNotification):
                arrived.set()

        async with Client(URL, mode="legacy", read_timeout_seconds=20, message_handler=handler) as client:
            await count(client, to=1)
            await asyncio.wait_for(arrived.wait(), 20)
            return True

    return asyncio.run(connected())


@case
def an_unknown_tool_is_an_error():
    async def look(client):
        try:
            await client.call_tool("forget", {})
        except MCPError as error:
            return error.error.code

    return with_client(look)


@case
def without_a_session():
    async def look(client):
        tools = [tool.name for tool in (await client.list_tools()).tools]
        return [client.protocol_version, tools, await count(client, to=2)]

    return with_client(look, mode="auto")


run()
