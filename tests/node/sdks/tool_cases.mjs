// The cases of clients of MCP with endpoints as tools. `call(client, name, args, options)` returns the result of a call,
// and `watch(client, uri, changed)` calls `changed` with the URI of a resource that changes.

import { run, url } from './cases.mjs';

export async function cases({ clerk, buyer, call, watch }) {
  // Each page of the server has one tool. The newer client follows the cursors itself.
  async function names(client) {
    const found = [];
    let cursor;
    do {
      const page = await client.listTools(cursor && { cursor });
      found.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor);
    return found;
  }

  // Waits until no handler runs, and returns whether that took less than 5 s, or how long it took. The figure is measured
  // with requests, beside other work: it is some 10 ms.
  async function stopsAtOnce() {
    const start = performance.now();
    while (await (await fetch(`${url}/running`)).json() > 0) {
      if (performance.now() - start > 5_000) break;
    }
    const took = performance.now() - start;
    console.error(`the handler was dropped within ${took.toFixed(1)} ms`);
    return took < 5_000 || took;
  }

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
      // The first request of this program to the server may take longer than the cancellation.
      await fetch(`${url}/running`);
      const abort = new AbortController();
      let stopped;
      const onprogress = ({ progress }) => {
        if (progress !== 3) return;
        abort.abort();
        stopped = stopsAtOnce();
      };
      const options = { signal: abort.signal, onprogress };
      const isCancelled = await call(clerk, 'ship_order', { id: 7, forever: true }, options).then(() => false, () => true);
      return [isCancelled, await stopped];
    },

    async a_tool_of_others_is_refused() {
      const refused = await call(buyer, 'ship_order', { id: 7 });
      return [refused.isError, JSON.parse(refused.content[0].text).status];
    },

    async a_change_of_a_topic_is_seen() {
      const seen = Promise.withResolvers ? Promise.withResolvers() : {};
      seen.promise ??= new Promise((resolve) => { seen.resolve = resolve; });
      await watch(buyer, 'topic:placed', seen.resolve);
      await call(buyer, 'place_order', { item: 'tea', quantity: 3 });
      return seen.promise;
    },
  });
}
