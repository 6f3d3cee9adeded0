/** `Promise.all` for so many at a time; between two of them others get a turn on the thread. After a failure no more are begun. */
export async function fewAtOnce<Item, Result>(few: number, items: readonly Item[], work: (item: Item, index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
      await new Promise(setImmediate);
    }
  };
  const end = () => (next = items.length);
  await Promise.all(Array.from({ length: Math.min(few, items.length) }, () => worker().finally(end)));
  return results;
}
