/**
 * Works on items, several at a time, and hands each outcome on in the items' order.
 * @param most items begun while the first of them is not done
 */
export async function inOrder<T, R>(items: Iterable<T>, most: number, work: (item: T) => Promise<R>, take: (outcome: R, item: T) => Promise<void> | void): Promise<void> {
  const inWork: { item: T; outcome: Promise<R> }[] = [];
  async function takeFirst() {
    const { item, outcome } = inWork.shift()!;
    await take(await outcome, item);
  }
  for (const item of items) {
    const outcome = work(item);
    outcome.catch(() => undefined); // a defect is thrown when it is this item's turn
    inWork.push({ item, outcome });
    if (inWork.length >= most) await takeFirst();
  }
  while (inWork.length > 0) await takeFirst();
}
