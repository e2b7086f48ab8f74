/**
 * The items in random order, as if each next one were drawn from the rest with a probability in proportion to its
 * weight. One pass: each item gets the key -ln(U)/weight with U uniform in (0, 1], and the smallest key comes first
 * (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters 97, 2006).
 * @param weightOf 0 or more; those of weight 0 come last, in random order among themselves
 * @param random uniform in [0, 1), as Math.random
 */
export function weightedOrder<T>(items: readonly T[], weightOf: (item: T) => number, random: () => number): T[] {
  return items
    .map((item) => {
      const exponential = -Math.log(1 - random());
      const weight = weightOf(item);
      const positive = weight > 0 && Number.isFinite(weight);
      return { item, positive, key: positive ? exponential / weight : exponential };
    })
    .sort((a, b) => Number(b.positive) - Number(a.positive) || a.key - b.key)
    .map(({ item }) => item);
}

/** The items in uniformly random order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return weightedOrder(items, () => 1, random);
}
