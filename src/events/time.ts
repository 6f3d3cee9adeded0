const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * An RFC 3339 time in UTC as Go prints it: nanoseconds kept, trailing zeros of the fraction cut
 * (`2023-02-07T09:52:31.000Z` gives `…31Z`). Undefined where the text is no such time.
 */
export function utcTime(text: string): string | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const sameDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const offset = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  if (!sameDay || hour > 23 || minute > 59 || second > 59 || offset >= 24 * 60 || Number(match[10] ?? 0) > 59) return undefined;
  date.setUTCMinutes(date.getUTCMinutes() + (match[8] === "+" ? -offset : offset));
  if (date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) return undefined;
  const fraction = (match[7] ?? "").slice(0, 9).replace(/0+$/, "");
  return `${date.toISOString().slice(0, 19)}${fraction && `.${fraction}`}Z`;
}
