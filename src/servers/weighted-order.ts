/**
 * The items in random order, as if each next one were drawn from the rest with a probability in proportion to its
 * weight. One pass: each item gets the key -ln(U)/weight with U uniform in (0, 1], and the smallest key comes first
 * (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters 97, 2006).
 * @param weightOf 0 or more; those of weight 0 come last, in random order among themselves
 * @param random uniform in [0, 1), as Math.random
 */
export function weightedOrder<T>(items: readonly T[], weightOf: (item: T) => number, random: () => number): T[] {
  const weights = items.map((item) => Math.max(0, weightOf(item)));
  // The common case, and much cheaper without logarithms and sorting.
  if (weights.every((weight) => weight === weights[0])) return shuffled(items, random);
  return items
    .map((item, index) => {
      const weight = weights[index] ?? 0;
      const exponential = -Math.log(1 - random());
      return { item, positive: weight > 0, key: weight > 0 ? exponential / weight : exponential };
    })
    .sort((a, b) => Number(b.positive) - Number(a.positive) || a.key - b.key)
    .map(({ item }) => item);
}

/** The items in uniformly random order (Fisher and Yates, from the front). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  return items.map((_, index) => {
    const drawn = index + Math.floor(random() * (rest.length - index));
    const item = rest[drawn] as T;
    rest[drawn] = rest[index] as T;
    return item;
  });
}
