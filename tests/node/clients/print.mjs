// Prints what a client received, one JSON object per line; the event `done` ends the program.
import { readFileSync } from 'node:fs';

const print = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

/** Prints the version of an installed package. */
export function printVersion(name) {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  print({ version: JSON.parse(readFileSync(manifest, 'utf8')).version });
}

export function printEvent(name, data, id) {
  print({ event: { name: name ?? null, data, id: id ?? null } });
  if (name === 'done') process.exit();
}

export const printComment = (text) => print({ comment: text });
