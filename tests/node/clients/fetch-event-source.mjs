// `@microsoft/fetch-event-source`, which expects a browser. Arguments: URL, protocol.
import { fetchOver } from './h2-fetch.mjs';
import { printEvent, printVersion } from './print.mjs';

globalThis.window = globalThis;
globalThis.document = { addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = (await import('@microsoft/fetch-event-source')).default;

const [url, protocol] = process.argv.slice(2);
printVersion('@microsoft/fetch-event-source');
await fetchEventSource(url, {
  fetch: fetchOver(protocol),
  openWhenHidden: true,
  onmessage: ({ event, data, id }) => printEvent(event, data, id),
  // Without this error the client stops at a clean end: it reconnects only after an error.
  onclose: () => {
    throw new Error('come back');
  },
});
