// Addresses of sockets as ListenStream= and its kin take them.

/** The address with its path cleaned, or null for what is none. */
export function listenAddress(text: string): string | null {
  if (text.startsWith('/')) {
    const path = `/${text
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')}`;
    return path !== '/' && new TextEncoder().encode(path).length <= 107 ? path : null;
  }
  if (text.startsWith('@')) return text.length > 1 && text.length <= 107 ? text : null;
  if (text.startsWith('vsock:')) return /^vsock:\d*:\d+$/.test(text) ? text : null;
  if (text.startsWith('[')) {
    const match = /^\[([^\]]+)\](?::(\d+))?(?:%\S+)?$/.exec(text);
    return match !== null && isIpv6(match[1] ?? '') && isPort(match[2]) ? text : null;
  }
  const parts = /^(.*):(\d+)$/.exec(text);
  if (parts !== null) return isIpv4(parts[1] ?? '') && isPort(parts[2]) ? text : null;
  return isPort(text) ? text : null;
}

/** What is no address for the number of its port alone, which systemd tells apart. */
export function isOnlyPortTooFar(text: string): boolean {
  const [, address, port] = /^(?:([\d.]+|\[[^\]]*\]):)?(-?\d+)$/.exec(text) ?? [];
  const isAddress = address === undefined || address.startsWith('[') || isIpv4(address);
  return isAddress && port !== undefined && (Number(port) < 0 || Number(port) > 65_535);
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function isIpv4(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const [address = ''] = text.split('%');
  if (!/^[0-9a-fA-F:.]+$/.test(address) || address.split('::').length > 2) return false;
  const tail = /(?:^|:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (tail !== undefined && !isIpv4(tail)) return false;
  const groups = (tail === undefined ? address : address.replace(tail, '0:0'))
    .split(':')
    .filter((part) => part !== '');
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return address.includes('::') ? groups.length < 8 : groups.length === 8;
}
