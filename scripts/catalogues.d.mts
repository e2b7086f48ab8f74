interface Entry {
  readonly msgid: string;
  readonly msgid_plural?: string;
  readonly msgstr: readonly string[];
  readonly comments?: { readonly flag?: string };
}

/** A PO file as gettext-parser gives it. */
export interface Parsed {
  readonly headers: Readonly<Record<string, string>>;
  readonly translations: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
}

export function sentences(): ReadonlyMap<string, { readonly msgid: string; readonly plural: string | undefined }>;
export function callsIn(source: string, place: string): Iterable<[string, string | undefined]>;
export function languages(): string[];
export function readPo(language: string): Parsed;
export function templateText(): string;
export function writeCatalogues(folder: string): void;
