import { describe, it } from 'vitest';

/**
 * A group of tests that needs something of the machine. Where that is missing the group is skipped, and its title
 * names what is missing; under LDM_TEST_REQUIRE=1 it fails instead.
 * @param missing what the machine lacks, in words; undefined when nothing
 */
export function requireOrSkip(missing: string | undefined, title: string, tests: () => void): void {
  if (missing === undefined) {
    describe(title, tests);
  } else if (process.env.LDM_TEST_REQUIRE === '1') {
    describe(title, () => {
      it('has what it needs', () => {
        throw new Error(missing);
      });
    });
  } else {
    // The usual report tells only how many were skipped.
    console.warn(`skipped: ${title}: ${missing}`);
    describe.skip(`${title} [skipped: ${missing}]`, tests);
  }
}
