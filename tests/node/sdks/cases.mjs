// Runs the cases of a client, and prints what each saw, one JSON object per line.

export const url = process.argv[2];
export const key = 'sk-of-the-tests-0001';

export async function run(cases) {
  for (const [name, look] of Object.entries(cases)) {
    console.log(JSON.stringify({ case: name, saw: await look() }));
  }
  // Nothing keeps the program alive, such as an idle connection.
  process.exit();
}

// Calls a function that has to throw, and returns what a program sees of the error.
export async function raised(call) {
  try {
    return { returned: await call() };
  } catch (error) {
    const seen = { raised: error.constructor.name };
    for (const name of ['status', 'code', 'param']) {
      if (error[name] !== undefined && error[name] !== null) seen[name] = error[name];
    }
    return seen;
  }
}

// Reads a stream: the words until it ended, and how it ended.
export async function readUntilItThrows(stream, word) {
  const words = [];
  const seen = await raised(async () => {
    for await (const item of stream) {
      const text = word(item);
      if (text) words.push(text);
    }
    return 'a clean end';
  });
  return { words, ...seen };
}

// The number of generators that the server runs.
export async function generators() {
  return Number(await (await fetch(`${url}/generators`)).text());
}

// Whether all generators stop, while this program still runs.
export async function stops() {
  const end = performance.now() + 20_000;
  while (await generators() > 0) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
