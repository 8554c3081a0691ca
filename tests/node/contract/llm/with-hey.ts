// Asks for whole and for streamed answers, with the client of `@hey-api/openapi-ts`.

import assert from 'node:assert/strict';

import { client } from './hey/client.gen';
import { chat, chatCompletions } from './hey/sdk.gen';
import type { ErrorDocument, ResponsesEvents } from './hey/types.gen';

async function main(url: string): Promise<void> {
  client.setConfig({ baseUrl: url });
  const model = 'echo-1';
  const messages = [{ role: 'user' as const, content: 'tea' }];

  const refused = await chatCompletions({ body: { model, messages } });
  const error: ErrorDocument | undefined = refused.error;
  assert.equal(error?.error.code, 'invalid_api_key');

  client.setConfig({ auth: () => 'sk-demo-0123456789abcdef' });
  const whole = await chatCompletions({ body: { model, messages } });
  assert.match(whole.data?.choices[0]?.message.content ?? '', /You wrote: tea$/);

  // A response that is always a stream has a method that reads it.
  let text = '';
  const parts = [{ type: 'text', text: 'tea' }];
  const { stream } = await chat({ body: { messages: [{ role: 'user' as const, parts }] } });
  for await (const part of stream) {
    if (part.type === 'text-delta') text += part.delta;
  }
  assert.match(text, /You wrote: tea$/);

  // One that may be data is read by the client, with the types of the document.
  text = '';
  const events = await client.sse.post<{ 200: ResponsesEvents[keyof ResponsesEvents] }>({
    url: '/v1/responses',
    body: { model, input: 'tea', stream: true },
    headers: { 'Content-Type': 'application/json', authorization: 'Bearer sk-demo-0123456789abcdef' },
  });
  for await (const event of events.stream) {
    if (event.type === 'response.output_text.delta') text += event.delta;
  }
  assert.match(text, /You wrote: tea$/);
  console.log('as typed');
}

main(process.argv[2] ?? '').then(() => process.exit(0), (error: unknown) => {
  console.error(error);
  process.exit(1);
});
