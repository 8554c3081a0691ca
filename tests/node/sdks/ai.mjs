// The AI SDK: its provider for compatible servers, and its transport for chat pages.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { DefaultChatTransport, generateText, readUIMessageStream, streamText } from 'ai';

import { key, raised, run, url } from './cases.mjs';

const provider = (baseURL) => createOpenAICompatible({ name: 'hyperpoint', baseURL, apiKey: key });
const model = provider(`${url}/v1`)('scripted');
// An endpoint that always answers with events, and adds nothing when it fails.
const events = provider(`${url}/events/v1`)('scripted');

async function parts(model, prompt) {
  const words = [], ends = [];
  const result = streamText({ model, prompt, maxRetries: 0, onError() {} });
  const seen = await raised(async () => {
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') words.push(part.text);
      if (part.type === 'error') ends.push('an error part');
      if (part.type === 'finish') ends.push(part.finishReason);
    }
    return 'a clean end';
  });
  return { words, ends, ...seen };
}

function send(text) {
  const transport = new DefaultChatTransport({ api: `${url}/api/chat` });
  const messages = text === undefined ? [] : [{ id: '1', role: 'user', parts: [{ type: 'text', text }] }];
  return transport.sendMessages({ chatId: 'chat-1', trigger: 'submit-message', messages });
}

await run({
  async generate_text() {
    const { text, finishReason, usage } = await generateText({ model, prompt: 'say good morning', maxRetries: 0 });
    return [text, finishReason, usage.totalTokens];
  },

  async stream_text() {
    return parts(model, 'say good morning');
  },

  async stream_text_of_an_endpoint_of_events() {
    return parts(events, 'say good morning');
  },

  async a_handler_that_fails() {
    return [await parts(events, 'fail'), await parts(model, 'fail')];
  },

  async the_ui_message_stream() {
    let last;
    for await (const message of readUIMessageStream({ stream: await send('say good morning') })) last = message;
    return last.parts.map(({ type, text, state }) => [type, text, state]);
  },

  async a_ui_request_that_is_refused() {
    const seen = await raised(() => send());
    return seen.raised;
  },
});
