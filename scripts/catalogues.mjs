// The catalogues in po/: the sentences, and the form that the programs read.
//   node scripts/catalogues.mjs    updates po/ldm.pot and every po/*.po from the code; new sentences are empty
// The build makes dist/words/*.json of them (writeCatalogues).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import gettext from 'gettext-parser';

const root = fileURLToPath(new URL('..', import.meta.url));
const po = join(root, 'po');
/** The daemon on the servers and the demo speak English. */
const untranslated = /^src\/(ldminfod|demo)\//;

/** One sentence: where it stands, and its plural if it has one. */
class Sentence {
  constructor(msgid, plural, place) {
    Object.assign(this, { msgid, plural, places: [place] });
  }
}

/**
 * Every sentence of code and layouts, by its English text.
 * @throws Error for a call whose sentence is not a string literal, because it could not be translated
 */
export function sentences() {
  const found = new Map();
  const add = (msgid, plural, place) => {
    const known = found.get(msgid);
    if (known === undefined) found.set(msgid, new Sentence(msgid, plural, place));
    else if (known.plural !== plural) throw new Error(`${place}: "${msgid}" stands elsewhere with another plural`);
    else if (!known.places.includes(place)) known.places.push(place);
  };
  for (const name of readdirSync(join(root, 'src'), { recursive: true }).sort()) {
    const place = `src/${name}`;
    if (!name.endsWith('.ts') || basename(name) === 'i18n.ts' || untranslated.test(place)) continue;
    for (const [msgid, plural] of callsIn(readFileSync(join(root, place), 'utf8'), place)) add(msgid, plural, place);
  }
  for (const name of readdirSync(join(root, 'data/glade')).sort()) {
    const place = `data/glade/${name}`;
    const text = readFileSync(join(root, place), 'utf8');
    for (const [, sentence] of text.matchAll(/ translatable="yes">([^<]+)</g)) {
      const unescaped = sentence.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      add(unescaped, undefined, place);
    }
  }
  return found;
}

const literal = String.raw`('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")`;
const singular = new RegExp(String.raw`^\(\s*${literal}\s*[,)]`);
const both = new RegExp(String.raw`^\(\s*${literal}\s*,\s*${literal}\s*,`);

/** The calls of t and tn in one file. */
export function* callsIn(source, place) {
  for (const call of source.matchAll(/(?<![\w.$#])(tn?)(?=\()/g)) {
    const rest = source.slice(call.index + call[0].length);
    const parts = (call[1] === 'tn' ? both : singular).exec(rest);
    if (parts === null) throw new Error(`${place}: ${call[1]}${rest.slice(0, 40)} is no plain text`);
    yield [value(parts[1]), parts[2] === undefined ? undefined : value(parts[2])];
  }
}

/** The value of a string literal. */
function value(text) {
  const body = text
    .slice(1, -1)
    .replace(/\\u([\da-fA-F]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return body.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
}

/** Languages that have a catalogue. */
export function languages() {
  return readdirSync(po)
    .filter((name) => name.endsWith('.po'))
    .map((name) => basename(name, '.po'))
    .sort();
}

/** A catalogue as gettext-parser gives it. */
export function readPo(language) {
  return gettext.po.parse(readFileSync(join(po, `${language}.po`)));
}

/** The translations of one catalogue, as src/shared/i18n.ts reads them. */
export function compile(parsed) {
  const words = {};
  for (const { msgid, msgid_plural: plural, msgstr, comments } of Object.values(parsed.translations[''] ?? {})) {
    if (msgid === '' || comments?.flag?.includes('fuzzy') || msgstr.some((form) => form === '')) continue;
    words[msgid] = plural === undefined ? msgstr[0] : msgstr;
  }
  return words;
}

/** Writes what the programs read. */
export function writeCatalogues(folder) {
  mkdirSync(folder, { recursive: true });
  for (const language of languages()) {
    writeFileSync(join(folder, `${language}.json`), JSON.stringify(compile(readPo(language))));
  }
}

/** A catalogue's text with every current sentence, and no obsolete ones. */
export function catalogueText(headers, known) {
  const translations = { '': { '': { msgid: '', msgstr: [] } } };
  const forms = Number(/nplurals=(\d+)/.exec(headers['Plural-Forms'] ?? '')?.[1] ?? 2);
  for (const { msgid, plural, places } of [...sentences().values()].sort((a, b) => (a.msgid < b.msgid ? -1 : 1))) {
    const empty = plural === undefined ? [''] : Array.from({ length: forms }, () => '');
    const old = known?.translations['']?.[msgid]?.msgstr;
    translations[''][msgid] = {
      msgid,
      ...(plural !== undefined && { msgid_plural: plural }),
      msgstr: old?.length === empty.length ? old : empty,
      comments: { reference: places.join('\n') },
    };
  }
  return `${gettext.po.compile({ charset: 'utf-8', headers, translations }, { foldLength: 100 })}\n`;
}

export const templateHeaders = {
  'Project-Id-Version': 'ldm-greeter',
  'MIME-Version': '1.0',
  'Content-Type': 'text/plain; charset=UTF-8',
  'Content-Transfer-Encoding': '8bit',
};

export function templateText() {
  return catalogueText(templateHeaders, undefined);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(po, 'ldm.pot'), templateText());
  for (const language of languages()) {
    const known = readPo(language);
    writeFileSync(join(po, `${language}.po`), catalogueText(known.headers, known));
  }
}
