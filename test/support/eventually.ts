// Waiting for something that a test cannot be told of.

const POLL_MS = 50;
const DEADLINE_MS = 60_000;

/** Looks again until `probe` gives something else than null or false; at the deadline it fails with what `context` tells. */
export async function eventually<T>(
  what: string,
  probe: () => T | null | false | Promise<T | null | false>,
  context: () => string | Promise<string> = () => '',
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await probe();
    if (value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}\n${await context()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
