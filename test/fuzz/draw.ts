/** Draws in a row from one source. */
export class Draw {
  constructor(private readonly random: () => number) {}

  number(): number {
    return this.random();
  }
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  chance(share: number): boolean {
    return this.random() < share;
  }
  of<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
