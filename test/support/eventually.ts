// Waiting for something that a test cannot be told of.

const POLL_MS = 50;
const MAX_POLL_MS = 1000;
const DEADLINE_MS = 60_000;

/**
 * Looks again until `probe` gives something else than null or false; at the deadline it fails with what `context` tells.
 * It pauses for as long as a look takes: looks into containers are dear, and leave a processor to what is waited for.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | null | false | Promise<T | null | false>,
  context: () => string | Promise<string> = () => '',
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const lookedAt = performance.now();
    const value = await probe();
    if (value !== null && value !== false) return value;
    const now = performance.now();
    if (now > deadline) throw new Error(`waited in vain for ${what}\n${await context()}`);
    const pauseMs = Math.min(Math.max(POLL_MS, now - lookedAt), MAX_POLL_MS);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
