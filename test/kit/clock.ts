/** What `work` gives where this process's clock is so many milliseconds behind; negative: ahead. */
export async function clockBehind<T>(behind: number, work: () => Promise<T>): Promise<T> {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      super(...(given.length > 0 ? (given as [number]) : ([RealDate.now() - behind] as [number])));
    }
    static override now = () => RealDate.now() - behind;
  } as DateConstructor;
  try {
    return await work();
  } finally {
    globalThis.Date = RealDate;
  }
}
