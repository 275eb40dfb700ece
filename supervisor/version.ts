// The versions that people and clients are told; a test compares VERSION with package.json.

export const VERSION = '0.1.0';

/**
 * What `supervisord -v` and supervisor.getSupervisorVersion say: the supervisord that we do as, for scripts that ask for a
 * version of at least some number, and who says so.
 */
export const SUPERVISORD_VERSION = `4.2.5+initkit.${VERSION}`;
