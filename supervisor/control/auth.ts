// Basic authentication: one user, whose password is known as it is or as {SHA} and its SHA-1 in hexadecimal.

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Tells whether an Authorization header names the user and knows the password. */
export type Authorizer = (header: string | undefined) => boolean;

/** Loads node:crypto only here, since most supervisors listen on a socket without a password. */
export async function createAuthorizer(expected: Credentials): Promise<Authorizer> {
  const { createHash, timingSafeEqual } = await import('node:crypto');
  const hash = (algorithm: string, text: string): Buffer => createHash(algorithm).update(text).digest();
  // Digests have one length, so that comparing takes the same time for every wrong guess.
  const isSame = (a: string, b: string): boolean => timingSafeEqual(hash('sha256', a), hash('sha256', b));
  const isRightPassword = (given: string): boolean =>
    expected.password.startsWith('{SHA}')
      ? isSame(hash('sha1', given).toString('hex'), expected.password.slice('{SHA}'.length).toLowerCase())
      : isSame(given, expected.password);

  return (header) => {
    const given = readCredentials(header);
    if (given === null) return false;
    const rightUser = isSame(given.username, expected.username);
    return isRightPassword(given.password) && rightUser;
  };
}

export function writeCredentials({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function readCredentials(header: string | undefined): Credentials | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) return null;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
