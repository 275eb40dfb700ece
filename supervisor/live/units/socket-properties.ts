// What `systemctl show` prints of how a socket is set up.

import type { SocketSettings } from '../../units/model.ts';
import { execProperties, killProperties } from './exec-properties.ts';
import { octal, spanText, yesNo } from './property-text.ts';

export function socketProperties(settings: SocketSettings): Record<string, string> {
  return {
    Accept: yesNo(settings.accept),
    BindIPv6Only: settings.bindIpv6Only,
    Backlog: String(settings.backlog),
    TimeoutUSec: spanText(settings.timeoutMs),
    SocketUser: settings.socketUser ?? '',
    SocketGroup: settings.socketGroup ?? '',
    SocketMode: octal(settings.socketMode),
    DirectoryMode: octal(settings.directoryMode),
    KeepAlive: yesNo(settings.keepAlive),
    NoDelay: yesNo(settings.noDelay),
    FreeBind: yesNo(settings.freeBind),
    ReusePort: yesNo(settings.reusePort),
    PassCredentials: yesNo(settings.passCredentials),
    RemoveOnStop: yesNo(settings.removeOnStop),
    MaxConnections: String(settings.maxConnections),
    MaxConnectionsPerSource: String(settings.maxConnectionsPerSource),
    FileDescriptorName: settings.fileDescriptorName ?? '',
    Symlinks: settings.symlinks.join(' '),
    TriggerLimitIntervalUSec: spanText(settings.triggerLimit.intervalMs),
    TriggerLimitBurst: String(settings.triggerLimit.burst),
    ...execProperties(settings.exec),
    ...killProperties(settings.kill),
  };
}
