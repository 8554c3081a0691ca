// The client of MCP, with a session.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

import { raised, run, url } from './cases.mjs';

const address = new URL('/mcp', url);
const transport = new StreamableHTTPClientTransport(address);
const client = new Client({ name: 'tests', version: '1' });

let changes = 0, changed;
const aChange = new Promise((resolve) => { changed = resolve; });
client.setNotificationHandler(ToolListChangedNotificationSchema, () => { changes++; changed(); });

// Calls the tool, and returns the progress that it reported and its result.
async function count(parameters, options = {}) {
  const progress = [];
  const onprogress = ({ progress: now, total }) => progress.push([now, total]);
  const result = await client.callTool({ name: 'count', arguments: parameters }, undefined, { onprogress, ...options });
  return [progress, result.content[0].text];
}

await run({
  async a_session_is_opened() {
    await client.connect(transport);
    return [client.getServerVersion().name, client.getServerCapabilities(), transport.sessionId.length];
  },

  async a_ping_is_answered() {
    return client.ping();
  },

  async tools_are_listed() {
    return (await client.listTools()).tools.map(({ name }) => name);
  },

  async a_tool_reports_its_progress() {
    return count({ to: 3 });
  },

  async a_call_that_is_cut_resumes() {
    return count({ to: 3, cut: true });
  },

  async ten_calls_at_once_get_their_own_progress() {
    const calls = await Promise.all(Array.from({ length: 10 }, (_, n) => count({ to: n + 1, cut: n % 2 === 0 })));
    return calls.every(([progress, text], n) => progress.length === n + 1 && text === `counted to ${n + 1}`);
  },

  async a_notification_arrives_without_a_request() {
    await aChange;
    return changes > 0;
  },

  async an_unknown_tool_is_an_error() {
    return raised(() => client.callTool({ name: 'forget', arguments: {} }));
  },

  async a_session_that_was_left_is_unknown() {
    await transport.terminateSession();
    const ended = transport.sessionId === undefined;
    const again = new StreamableHTTPClientTransport(address, { sessionId: 'another' });
    await again.start();
    const seen = await raised(() => again.send({ jsonrpc: '2.0', id: 1, method: 'ping' }));
    return [ended, seen];
  },

  async a_page_of_another_origin_is_refused() {
    const requestInit = { headers: { origin: 'https://attacker.example' } };
    const foreign = new StreamableHTTPClientTransport(address, { requestInit });
    await foreign.start();
    return raised(() => foreign.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }));
  },
});
