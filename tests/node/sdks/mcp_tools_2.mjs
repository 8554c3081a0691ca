// The newer client of MCP, by the revision 2026-07-28, with endpoints as tools.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { url } from './cases.mjs';
import { cases } from './tool_cases.mjs';

async function connected(key) {
  const client = new Client({ name: 'tests', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const requestInit = { headers: { 'x-api-key': key } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit }));
  const version = client.getNegotiatedProtocolVersion();
  if (version !== '2026-07-28') throw new Error(`the client speaks ${version}`);
  return client;
}

const [clerk, buyer] = [await connected('clerk-0123456789abcdef'), await connected('buyer-0123456789abcdef')];
const call = (client, name, args, options) => client.callTool({ name, arguments: args }, options);

async function watch(client, uri, changed) {
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => changed(params.uri));
  await client.listen({ resourceSubscriptions: [uri] });
}

await cases({ clerk, buyer, call, watch });
