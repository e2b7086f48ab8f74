interface PhraseProblem {
  readonly line: number;
  readonly found: string;
  readonly better: string;
}
export function problemsIn(text: string): PhraseProblem[];
