// `eventsource`: the browsers' EventSource, for Node. Arguments: URL, protocol, names of events.
import { EventSource } from 'eventsource';
import { fetchOver } from './h2-fetch.mjs';
import { printEvent, printVersion } from './print.mjs';

const [url, protocol, ...names] = process.argv.slice(2);
printVersion('eventsource');
const source = new EventSource(url, { fetch: fetchOver(protocol) });
for (const name of names) {
  source.addEventListener(name, ({ type, data, lastEventId }) => printEvent(type, data, lastEventId));
}
