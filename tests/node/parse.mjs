// Reads streams, one per line, as {"bytes": hexadecimal, "chunk_bytes": number}, and writes for each
// the events that `eventsource-parser` reads from it in chunks of that size.
import { createInterface } from 'node:readline';
import { createParser } from 'eventsource-parser';

function parse({ bytes, chunk_bytes: size }) {
  const events = [], comments = [], retries_ms = [], errors = [];
  const parser = createParser({
    onEvent: ({ event = null, id = null, data }) => events.push({ name: event, id, data }),
    onComment: (text) => comments.push(text),
    onRetry: (milliseconds) => retries_ms.push(milliseconds),
    onError: (error) => errors.push(String(error)),
  });
  const whole = Buffer.from(bytes, 'hex');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let start = 0; start < whole.length; start += size) {
    parser.feed(decoder.decode(whole.subarray(start, start + size), { stream: true }));
  }
  decoder.decode();
  return { events, comments, retries_ms, errors };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(parse(JSON.parse(line))));
}
