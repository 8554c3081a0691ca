// The client of OpenAI.

import OpenAI from 'openai';

import { generators, key, raised, readUntilItThrows, run, stops, url } from './cases.mjs';

// Without retries, which would hide what the server did.
const options = { apiKey: key, maxRetries: 0, timeout: 30_000 };
const client = new OpenAI({ baseURL: `${url}/v1`, ...options });
// Endpoints that always answer with events, and add nothing when they fail.
const events = new OpenAI({ baseURL: `${url}/events/v1`, ...options });

const asks = (content) => ({ model: 'scripted', messages: [{ role: 'user', content }] });
const streamed = (content) => ({ ...asks(content), stream: true });
const word = (chunk) => chunk.choices[0]?.delta.content;

await run({
  async chat_plain() {
    const answer = await client.chat.completions.create(asks('say good morning'));
    return [answer.choices[0].message.content, answer.usage.total_tokens];
  },

  async chat_streamed() {
    return readUntilItThrows(await client.chat.completions.create(streamed('say good morning')), word);
  },

  async chat_by_the_stream_helper() {
    const stream = client.chat.completions.stream(asks('say good morning'));
    const deltas = [];
    stream.on('content', (delta) => deltas.push(delta));
    return [await stream.finalContent(), deltas.filter(Boolean)];
  },

  async an_endpoint_of_events() {
    return readUntilItThrows(await events.chat.completions.create(streamed('say good morning')), word);
  },

  async an_unknown_model() {
    return raised(() => client.chat.completions.create({ ...asks('hello'), model: 'gpt-17' }));
  },

  async an_error_written_into_the_stream() {
    return readUntilItThrows(await events.chat.completions.create(streamed('write an error')), word);
  },

  async a_handler_that_fails_in_mid_stream() {
    const read = async (client) =>
      readUntilItThrows(await client.chat.completions.create(streamed('fail')), word);
    return [await read(events), await read(client)];
  },

  async an_abort_stops_the_generator() {
    const stream = await client.chat.completions.create(streamed('never end'));
    let running = 0;
    for await (const chunk of stream) {
      if (!word(chunk)) continue;
      running = await generators();
      break;  // this aborts the request
    }
    return [running, await stops()];
  },

  async responses_streamed() {
    const kinds = [];
    const stream = client.responses.stream({ model: 'scripted', input: 'say good morning' });
    for await (const event of stream) kinds.push(event.type);
    const answer = await stream.finalResponse();
    return [kinds.at(0), kinds.at(-1), answer.output_text];
  },
});
