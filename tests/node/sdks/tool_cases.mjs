// The cases of clients of MCP with endpoints as tools. `call(client, name, args, options)` returns the result of a call.

import { run } from './cases.mjs';

export async function cases({ clerk, buyer, call }) {
  const names = async (client) => (await client.listTools()).tools.map(({ name }) => name);

  await run({
    async a_clerk_and_a_buyer_see_different_tools() {
      return [await names(clerk), await names(buyer)];
    },

    async a_call_has_a_structured_result() {
      return (await call(buyer, 'place_order', { item: 'tea', quantity: 2 })).structuredContent;
    },

    async a_refused_call_is_mended_from_its_error() {
      const refused = await call(buyer, 'place_order', { item: 'tea', quantity: 1000 });
      const [{ name, reason }] = JSON.parse(refused.content[0].text).errors;
      const mended = await call(buyer, 'place_order', { item: 'tea', quantity: Number(reason.split(' ').at(-1)) });
      return [name, reason, mended.structuredContent.quantity];
    },

    async events_are_progress_in_order() {
      const seen = [];
      const onprogress = ({ progress, total, message }) => seen.push([progress, total, message]);
      const result = await call(clerk, 'ship_order', { id: 7 }, { onprogress });
      return [seen, result.structuredContent];
    },

    async a_call_is_cancelled() {
      const abort = new AbortController();
      const options = { signal: abort.signal, onprogress: ({ progress }) => progress === 3 && abort.abort() };
      return call(clerk, 'ship_order', { id: 7, forever: true }, options).then(() => false, () => true);
    },

    async a_tool_of_others_is_refused() {
      const refused = await call(buyer, 'ship_order', { id: 7 });
      return [refused.isError, JSON.parse(refused.content[0].text).status];
    },
  });
}
