// Is refused, asks for a whole answer and for a streamed one, with the types of `openapi-typescript`.

import assert from 'node:assert/strict';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import createClient from 'openapi-fetch';

import type { components, paths } from './fetch/schema';

type Schemas = components['schemas'];
type Chunk = Schemas['ChatChunk'];

// One event of a stream: its name decides the type of its data.
type Named<Events> = { [Name in keyof Events]: { event: Name; data: Events[Name] } }[keyof Events];

function parsed(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  return body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}

async function* named<Events>(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Named<Events>> {
  for await (const { event, data } of parsed(body)) yield { event, data: JSON.parse(data) } as Named<Events>;
}

async function main(url: string): Promise<void> {
  const key = 'sk-demo-0123456789abcdef';
  const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });

  const stranger = createClient<paths>({ baseUrl: url });
  const refused = await stranger.GET('/v1/models');
  // The error has the shape of OpenAI's API.
  const code: string | null | undefined = refused.error?.error.code;
  assert.deepEqual([refused.response.status, code], [401, 'invalid_api_key']);
  const other = await stranger.POST('/v1/messages', { body: { model: 'echo-1', max_tokens: 9, messages: [] } });
  // That of another endpoint has the shape of Anthropic's.
  const kind: string | undefined = other.error?.error.type;
  assert.equal(kind, 'authentication_error');

  const models = await client.GET('/v1/models');
  const model = models.data?.data[0]?.id ?? '';
  assert.equal(model, 'echo-1');
  const messages = [{ role: 'user' as const, content: 'tea' }];
  const whole = await client.POST('/v1/chat/completions', { body: { model, messages } });
  // The body is data or a chunk, as the document says of this path.
  const choice = whole.data?.choices[0];
  assert(choice && 'message' in choice);
  assert.match(choice.message.content, /You wrote: tea$/);
  // @ts-expect-error: a request has messages.
  await client.POST('/v1/chat/completions', { body: { model } });

  // Chunks without a name, and the text `[DONE]` at their end.
  const chunks = await client.POST('/v1/chat/completions', { body: { model, messages, stream: true }, parseAs: 'stream' });
  assert(chunks.data);
  let text = '';
  for await (const { data } of parsed(chunks.data as ReadableStream<Uint8Array<ArrayBuffer>>)) {
    if (data === '[DONE]') break;
    const chunk: Chunk = JSON.parse(data);
    text += chunk.choices[0]?.delta.content ?? '';
  }
  assert.match(text, /You wrote: tea$/);

  // Events with names.
  const answer = await client.POST('/v1/messages', {
    body: { model, max_tokens: 100, messages, stream: true },
    parseAs: 'stream',
  });
  assert(answer.data);
  const names = new Set<keyof Schemas['MessagesEvents']>();
  text = '';
  for await (const one of named<Schemas['MessagesEvents']>(answer.data as ReadableStream<Uint8Array<ArrayBuffer>>)) {
    names.add(one.event);
    if (one.event === 'content_block_delta') text += one.data.delta.text;
    // @ts-expect-error: this event has no text.
    if (one.event === 'message_stop') assert.equal(one.data.text, undefined);
  }
  assert.match(text, /You wrote: tea$/);
  assert(names.has('message_start') && names.has('message_stop'));
  console.log('as typed');
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
