// Calendar event expressions (systemd.time(7)): text → CalendarSpec.

import type { CalendarSpec } from './model.ts';

export function parseCalendar(_text: string): CalendarSpec | null {
  return null;
}
