import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoginOutcome } from '../../../src/login/outcome.js';
import { notOfferedText, settingsText } from '../../../src/login/sentences/client.js';
import { failureLine, failureText } from '../../../src/login/sentences/failure.js';
import { outcomeText } from '../../../src/login/sentences/outcome.js';
import { answeredText, progressLine, waitingText } from '../../../src/login/sentences/progress.js';
import {
  goOnText,
  meansYes,
  otherSessionsPrompt,
  sessionElsewherePrompt,
  wishElsewhere,
} from '../../../src/login/sentences/questions.js';
import { stateText } from '../../../src/login/sentences/server-state.js';
import {
  answersAgainText,
  displayGoneText,
  earlyEndText,
  lostText,
  sessionEndText,
  silentText,
} from '../../../src/login/sentences/session.js';
import type { DownReason } from '../../../src/servers/server-status.js';
import type { SessionErrorCode } from '../../../src/session/failures.js';
import { useLanguage } from '../../../src/shared/i18n.js';
import { status } from '../../support/statuses.js';

const codes: readonly SessionErrorCode[] = [
  'unresolvable',
  'dns-failed',
  'refused',
  'unreachable',
  'timeout',
  'closed',
  'busy',
  'turned-away',
  'protocol',
  'host-key-unknown',
  'host-key-changed',
  'host-key-revoked',
  'host-key-weak',
  'host-certificate-refused',
  'host-certificate-time',
  'no-common-algorithm',
  'wrong-credentials',
  'account-refused',
  'sign-in-unfinished',
  'no-method',
  'more-wanted',
  'command-refused',
  'x11-refused',
  'not-allowed',
  'cancelled',
];
const reasons: readonly DownReason[] = [
  'timeout',
  'refused',
  'unreachable',
  'unresolvable',
  'dns-failed',
  'ssh-down',
  'ssh-silent',
  'turned-away',
  'busy',
];
/** Words differ: none is empty, and no two are the same. */
const areDifferent = (texts: readonly (string | undefined)[]): void => {
  expect(texts.every((text) => text !== undefined && text !== '')).toBe(true);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.filter((text) => /undefined|[{}]/.test(text ?? ''))).toEqual([]);
};

describe('the sentences for the user', () => {
  it('tell each failure, each reason of a server that is down and each state apart', () => {
    areDifferent(codes.map(failureText));
    const info = (known: object) => ({ draining: undefined, notice: undefined, ...known }) as never;
    areDifferent(
      [
        status('s', { state: 'checking' }),
        status('s', { state: 'up' }),
        status('s', { state: 'unrated' }),
        status('s', { state: 'draining' }),
        status('s', { state: 'draining', info: info({ draining: false }) }),
        status('s', { state: 'draining', info: info({ draining: true, notice: 'at four' }) }),
        status('s', { state: 'down', reason: null }),
        ...reasons.map((reason) => status('s', { state: 'down', reason })),
      ].map(stateText),
    );
    const draining = (notice: string | undefined) =>
      stateText(status('s', { state: 'draining', info: info({ notice }) }));
    expect(draining('back\nat\u202e four')).toBe('draining: "back at four"');
    expect([draining(undefined), draining('\u202e')]).toEqual([
      'draining: takes no new logins',
      'draining: takes no new logins',
    ]);
  });

  it("give the name of the server, what went wrong and the server's message, without control characters", () => {
    expect(failureLine({ server: 'app\u0007 1', code: 'closed', detail: '' })).toMatch(/^app 1: .*\.$/);
    expect(failureLine({ server: 'app1', code: 'closed', detail: '', serverMessage: ' Back at 4\u202e ' })).toMatch(
      /^app1: .*\. .*: Back at 4$/,
    );
    const said = failureLine({ server: 'app1', code: 'closed', detail: '', serverMessage: 'publickey' });
    for (const code of ['no-method', 'more-wanted'] as const) {
      const line = failureLine({ server: 'app1', code, detail: '', serverMessage: 'publickey' });
      expect(line).toMatch(/: publickey\.$/);
    }
    expect(said).toMatch(/: publickey$/);
    expect(failureLine({ server: 'app1', code: 'closed', detail: '', serverMessage: '  ' })).toBe(
      failureLine({ server: 'app1', code: 'closed', detail: '' }),
    );
  });

  it('say at the end of a login what to do, by what became of it', () => {
    const failure = (code: SessionErrorCode, server = 'app1') => ({ server, code, detail: '' });
    const noneLeft = (...of: SessionErrorCode[]): LoginOutcome => ({
      kind: 'none-left',
      failures: of.map((code, at) => failure(code, `app${at + 1}`)),
    });
    areDifferent(
      [
        { kind: 'wrong-credentials', server: 'app1' } as const,
        { kind: 'wrong-credentials', server: 'app1', explained: true } as const,
        { kind: 'user-not-allowed', user: 'ann' } as const,
        { kind: 'not-allowed', server: 'app1', detail: '' } as const,
        { kind: 'not-allowed', server: 'app1', detail: 'Not on Sundays.' } as const,
        { kind: 'unknown-server', server: 'app1' } as const,
        { kind: 'not-continued', server: 'app1', failures: [] } as const,
        noneLeft(),
        { ...noneLeft('timeout'), isOffline: true },
        { ...noneLeft('timeout'), isLastResort: true } as const,
        noneLeft('timeout'),
        noneLeft('timeout', 'timeout'),
        ...(['turned-away', 'busy', 'dns-failed', 'sign-in-unfinished', 'more-wanted'] as const).map((code) =>
          noneLeft(code),
        ),
      ].map(outcomeText),
    );
    for (const code of ['turned-away', 'busy', 'dns-failed', 'sign-in-unfinished', 'more-wanted'] as const) {
      expect(outcomeText(noneLeft(code, code))).toBe(outcomeText(noneLeft(code)));
      expect(outcomeText(noneLeft(code, 'timeout'))).toBe(outcomeText(noneLeft('timeout', 'timeout')));
    }
    expect(outcomeText({ kind: 'not-allowed', server: 'app1', detail: 'Not on\u0007 Sundays.' })).toBe(
      'Not on Sundays.',
    );
    expect(outcomeText(noneLeft('timeout'))).toBe('app1 is not available. Try again, or choose another server.');
    expect(outcomeText({ kind: 'cancelled' })).toBeUndefined();
    expect(outcomeText({ kind: 'started' } as LoginOutcome)).toBeUndefined();
  });

  it('keep the progress that has a text, as an error if something is wrong', () => {
    const server = 'app1';
    expect(
      progressLine({ kind: 'failed', failure: { server, code: 'refused', detail: '' }, phase: 'connecting' })?.kind,
    ).toBe('error');
    expect(progressLine({ kind: 'silent', server })).toEqual({ kind: 'error', text: silentText(server) });
    expect(progressLine({ kind: 'answers', server })).toEqual({ kind: 'info', text: answersAgainText(server) });
    expect(progressLine({ kind: 'server-message', server, text: 'Hello\u0007' })).toEqual({
      kind: 'info',
      text: 'Hello',
    });
    expect(progressLine({ kind: 'server-message', server, text: '\u0007' })).toBeUndefined();
    for (const kind of ['choosing', 'signing-in', 'starting'] as const) {
      expect(progressLine({ kind, server } as never)).toBeUndefined();
    }
  });

  it('say what is waited for, by name while there are three at the most', () => {
    const server = 'app1';
    areDifferent([
      waitingText({ kind: 'choosing' }),
      waitingText({ kind: 'signing-in', server }),
      waitingText({ kind: 'starting', server }),
      waitingText({ kind: 'connecting', servers: ['a', 'b', 'c'] }),
      waitingText({ kind: 'connecting', servers: ['a', 'b', 'c', 'd'] }),
    ]);
    expect(waitingText({ kind: 'connecting', servers: ['a', 'b', 'c'] })).toContain('a, b, c');
    const many = waitingText({ kind: 'connecting', servers: ['a', 'b', 'c', 'd'] });
    expect(many).toBe('Connecting to a, b, c and others...');
    for (const kind of ['server-message', 'silent', 'answers'] as const) {
      expect(waitingText({ kind, server, text: 'x' } as never)).toBeUndefined();
    }
    expect(
      waitingText({ kind: 'failed', failure: { server, code: 'refused', detail: '' }, phase: 'connecting' }),
    ).toBeUndefined();
  });

  it('name the server of a session that ended or was lost, and what it said', () => {
    expect(sessionEndText('app\u00071', 'no\u0007 Xsession')).toMatch(/app1 .*no Xsession$/);
    expect(sessionEndText('app1', '')).toMatch(/\.$/);
    expect(earlyEndText('app1', 1, 'boom\u0007')).toMatch(/app1 .*1 .*\nboom$/);
    expect(earlyEndText('app1', 2, '')).toMatch(/app1 .*2 .*\.$/);
    areDifferent([
      lostText('app1', { cause: 'cut', serverMessage: undefined }),
      lostText('app1', { cause: 'cut', serverMessage: 'Back at 4' }),
      lostText('app1', { cause: 'silent' as never, serverMessage: undefined }),
    ]);
    const lost = 'The session on app1 was lost: the connection was cut.';
    expect(lostText('app1', { cause: 'cut', serverMessage: undefined })).toBe(lost);
    expect(lostText('app1', { cause: 'cut', serverMessage: ' ' })).toBe(lost);
    expect(lostText('app1', { cause: 'cut', serverMessage: ' Back at 4\n' })).toBe(`${lost} It said: Back at 4`);
    const about = [silentText, answersAgainText, goOnText, otherSessionsPrompt, sessionElsewherePrompt, answeredText];
    for (const text of about) expect(text('app\u00071')).toMatch(/app1/);
    areDifferent(about.map((text) => text('app1')));
    areDifferent([settingsText(), displayGoneText()]);
    const byHand = notOfferedText({ mode: 'server', name: 'app1' }, 'Xfce');
    expect(byHand).toMatch(/app1.*Xfce/);
    expect(notOfferedText({ mode: 'automatic' }, 'Xfce')).not.toBe(byHand);
  });
});

describe('the answer to whether other sessions may be ended', () => {
  it.each(['yes', 'y', ' Yes ', 'Y'])('%j means yes', (text) => expect(meansYes(text)).toBe(true));
  it.each(['', ' ', 'no', 'n', 'yesterday', 'ye', '1'])('%j does not', (text) => expect(meansYes(text)).toBe(false));

  it('may be in the language of the user, and no answer never means yes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ldm-sentences-'));
    const meaning = (yes: string, ...answers: readonly string[]) => {
      writeFileSync(join(folder, 'de.json'), JSON.stringify({ yes }));
      useLanguage(folder, { LANG: 'de_DE.UTF-8' });
      return answers.map(meansYes);
    };
    try {
      expect(meaning('ja', 'ja', 'J', 'yes', 'y', 'jawohl', '')).toEqual([true, true, true, true, false, false]);
      expect(meaning('', '', ' ', 'yes')).toEqual([false, false, true]);
      expect(meaning('áno', 'áno', 'ano', 'a', 'nie')).toEqual([true, true, true, false]);
      // Swahili: "n" may be the "no" of somebody who knows English.
      expect(meaning('ndiyo', 'ndiyo', 'n', 'y')).toEqual([true, false, true]);
    } finally {
      useLanguage(folder, {});
      rmSync(folder, { recursive: true });
    }
  });
});

it.each([
  ['1', 'go'],
  [' 1 ', 'go'],
  ['2', 'end'],
  // Arabic, Persian, Hindi, Bengali
  ['\u0661', 'go'],
  ['\u06f2', 'end'],
  ['\u0967', 'go'],
  ['\u09e8', 'end'],
  ['12', 'cancel'],
  ['3', 'cancel'],
  ['', 'cancel'],
  ['yes', 'cancel'],
])('the answer %j to where a session is means %s', (answer, wish) => {
  expect(wishElsewhere(answer)).toBe(wish);
});
