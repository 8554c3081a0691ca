// The older client of MCP, with endpoints as tools.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

import { url } from './cases.mjs';
import { cases } from './tool_cases.mjs';

async function connected(key) {
  const client = new Client({ name: 'tests', version: '1' });
  const requestInit = { headers: { 'x-api-key': key } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit }));
  return client;
}

const [clerk, buyer] = [await connected('clerk-0123456789abcdef'), await connected('buyer-0123456789abcdef')];
const call = (client, name, args, options) => client.callTool({ name, arguments: args }, undefined, options);

// Changes come on the stream of the session.
async function watch(client, uri, changed) {
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => changed(params.uri));
  await client.subscribeResource({ uri });
}

await cases({ clerk, buyer, call, watch });
