// Signs in, is refused, places an order and reads the feed, with the types of `openapi-typescript`.

import assert from 'node:assert/strict';
import { EventSource } from 'eventsource';
import createClient from 'openapi-fetch';

import type { components, paths } from './fetch/schema';
import { TypedEventSource, type Source } from './typed-event-source';

type Order = components['schemas']['Order'];
type FeedEvents = components['schemas']['FollowOrdersEvents'];

const keyed = (key: string) => ({ header: { 'Idempotency-Key': key } });

async function main(url: string): Promise<void> {
  const client = createClient<paths>({ baseUrl: url });

  const refused = await client.POST('/sign-in', { body: { name: 'ann', password: 'wrong' } });
  assert.equal(refused.response.status, 401);
  // The problem is typed: `detail` may be absent, `status` not.
  const status: number | undefined = refused.error?.status;
  const detail: string | undefined = refused.error?.detail;
  assert.deepEqual([status, detail], [401, 'no such name and password']);

  const signedIn = await client.POST('/sign-in', { body: { name: 'ann', password: 'tea-at-five' } });
  assert.equal(signedIn.data?.role, 'customer');
  const cookie = signedIn.response.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  const headers = { cookie };

  const made = new EventSource(`${url}/feed`, {
    fetch: (target, init) => fetch(target, { ...init, headers: { ...init.headers, ...headers } }),
  });
  const feed = new TypedEventSource<FeedEvents>(made as unknown as Source);
  const placed = new Promise<Order>((resolve) => feed.on('placed', ({ data }) => resolve(data)));
  await new Promise<void>((resolve) => { feed.on('ready', () => resolve()); });

  // @ts-expect-error: the stream has no such event.
  feed.on('lost', () => {});
  // @ts-expect-error: this event has no carrier.
  feed.on('deleted', ({ data }) => data.carrier);
  // @ts-expect-error: an order has lines.
  const empty = await client.POST('/orders', { body: {}, headers, params: keyed('a') });
  assert.equal(empty.response.status, 400);
  const none = await client.POST('/orders', { body: { lines: [] }, headers, params: keyed('b') });
  assert.equal(none.error?.errors?.[0]?.reason, 'has 1 to 100 lines');

  const line = { item: 'tea', quantity: 3, cents: 300 };
  const answer = await client.POST('/orders', { body: { lines: [line] }, headers, params: keyed('c') });
  assert.equal(answer.response.status, 201);
  const order: Order | undefined = answer.data;
  assert.equal(order?.total_cents, 900);
  assert.deepEqual(await placed, order);
  feed.close();

  const read = await client.GET('/orders/{id}', { params: { path: { id: order?.id ?? 0 } }, headers });
  assert.deepEqual(read.data, order);
  console.log('as typed');
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
