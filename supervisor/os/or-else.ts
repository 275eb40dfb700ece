// Files and facts that need not be there.

/** What `attempt` gives; `fallback` where the system refuses it, for a file that need not be there. */
export function orElse<T>(attempt: () => T, fallback: T): T {
  try {
    return attempt();
  } catch {
    return fallback;
  }
}
