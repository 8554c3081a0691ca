// `eventsource-client`. Arguments: URL, protocol.
import { createEventSource } from 'eventsource-client';
import { fetchOver } from './h2-fetch.mjs';
import { printComment, printEvent, printVersion } from './print.mjs';

const [url, protocol] = process.argv.slice(2);
printVersion('eventsource-client');
createEventSource({
  url,
  fetch: fetchOver(protocol),
  onMessage: ({ event, data, id }) => printEvent(event, data, id),
  onComment: printComment,
});
