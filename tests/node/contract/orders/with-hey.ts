// Signs in, is refused, places an order and reads the feed, with the client of `@hey-api/openapi-ts`.

import assert from 'node:assert/strict';

import { client } from './hey/client.gen';
import { followOrders, placeOrder, signIn } from './hey/sdk.gen';
import type { FollowOrdersResponse, Order, Problem } from './hey/types.gen';

async function main(url: string): Promise<void> {
  client.setConfig({ baseUrl: url });

  const refused = await signIn({ body: { name: 'ann', password: 'wrong' } });
  const problem: Problem | undefined = refused.error;
  assert.deepEqual([problem?.status, problem?.detail], [401, 'no such name and password']);

  const signedIn = await signIn({ body: { name: 'ann', password: 'tea-at-five' } });
  assert.equal(signedIn.data?.role, 'customer');
  const cookies = signedIn.response?.headers.getSetCookie() ?? [];
  client.setConfig({ headers: { cookie: cookies.map((one) => one.split(';')[0]).join('; ') } });

  const controller = new AbortController();
  const names: (string | undefined)[] = [];
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => { isReady = resolve; });
  const { stream } = await followOrders({
    signal: controller.signal,
    onSseEvent: (event) => {
      names.push(event.event);
      if (event.event === 'ready') isReady();
    },
  });
  const next = (async (): Promise<FollowOrdersResponse | undefined> => {
    for await (const data of stream) {
      if ('total_cents' in data) return data;
    }
    return undefined;
  })();
  await ready;

  const line = { item: 'tea', quantity: 3, cents: 300 };
  const answer = await placeOrder({ body: { lines: [line] }, headers: { 'Idempotency-Key': 'one' } });
  const order: Order | undefined = answer.data;
  assert.equal(order?.total_cents, 900);
  assert.deepEqual(await next, order);
  assert.deepEqual(names, ['ready', 'placed']);
  controller.abort();
  console.log('as typed');
}

main(process.argv[2] ?? '').then(() => process.exit(0), (error: unknown) => {
  console.error(error);
  process.exit(1);
});
