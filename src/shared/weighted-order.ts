/**
 * The items in random order, as if each next one were drawn from the rest with a probability in proportion to its
 * weight. One pass: each item gets the key -ln(U)/weight with U uniform in (0, 1], and the smallest key comes first
 * (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters 97, 2006).
 * @param weightOf 0 or more; items of weight 0 come last, in random order
 * @param random uniform in [0, 1), as Math.random
 */
export function weightedOrder<T>(items: readonly T[], weightOf: (item: T) => number, random: () => number): T[] {
  // Equal weights are the common case, and much cheaper without logarithms and sorting.
  const first = items[0] === undefined ? 0 : weightOf(items[0]);
  if (items.every((item) => weightOf(item) === first)) return shuffled(items, random);
  return orderByNumber(items, weightOf, random);
}

/** As {@link weightedOrder}, with one number for each item: the same numbers give the same order. */
export function orderByNumber<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  numberOf: (item: T) => number,
): T[] {
  return items
    .map((item) => {
      const weight = weightOf(item);
      const exponential = -Math.log(1 - numberOf(item));
      return { item, positive: weight > 0, key: weight > 0 ? exponential / weight : exponential };
    })
    .sort((a, b) => Number(b.positive) - Number(a.positive) || a.key - b.key)
    .map(({ item }) => item);
}

/** The items in uniformly random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let left = order.length; left > 1; left--) {
    const drawn = Math.floor(random() * left);
    const last = order[left - 1] as T;
    order[left - 1] = order[drawn] as T;
    order[drawn] = last;
  }
  return order;
}

/** The items that match and those that do not, each in their order. */
export function split<T>(items: readonly T[], matches: (item: T) => boolean): [yes: T[], no: T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (matches(item) ? yes : no).push(item);
  return [yes, no];
}
