// A `fetch` over cleartext HTTP/2, for clients that accept one; Node's own uses only HTTP/1.1.
import { connect } from 'node:http2';
import { Readable } from 'node:stream';

const sessions = new Map();

function session(origin) {
  let open = sessions.get(origin);
  if (!open || open.closed || open.destroyed) {
    open = connect(origin);
    sessions.set(origin, open);
  }
  return open;
}

function h2Fetch(input, { method = 'GET', headers = {}, signal } = {}) {
  const url = new URL(input);
  const fields = { ':method': method, ':path': url.pathname + url.search };
  for (const [name, value] of new Headers(headers)) fields[name] = value;
  return new Promise((resolve, reject) => {
    const stream = session(url.origin).request(fields, { signal });
    stream.on('error', reject);
    stream.on('response', (answer) => {
      const pairs = Object.entries(answer).filter(([name]) => !name.startsWith(':'));
      resolve(new Response(Readable.toWeb(stream), { status: answer[':status'], headers: pairs }));
    });
  });
}

/** The `fetch` of this protocol: `1.1` or `2`. */
export const fetchOver = (protocol) => (protocol === '2' ? h2Fetch : fetch);
