// `eventsource-parser`, which only parses: connecting, waiting and reconnecting are implemented here.
// Arguments: URL, protocol.
import { setTimeout } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { fetchOver } from './h2-fetch.mjs';
import { printComment, printEvent, printVersion } from './print.mjs';

const [url, protocol] = process.argv.slice(2);
printVersion('eventsource-parser');
let lastId, wait = 3000;

async function read() {
  const headers = { Accept: 'text/event-stream' };
  if (lastId) headers['Last-Event-ID'] = lastId;
  const answer = await fetchOver(protocol)(url, { headers });
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      lastId = id ?? lastId;
      printEvent(event, data, id);
    },
    onComment: printComment,
    onRetry: (milliseconds) => (wait = milliseconds),
  });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) parser.feed(decoder.decode(chunk, { stream: true }));
}

for (;;) {
  await read();
  await setTimeout(wait);
}
