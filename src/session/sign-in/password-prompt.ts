/**
 * What a question of PAM asks for. The server writes the text in the language of its sshd, so this looks for words: those
 * of Linux-PAM's own translations, and those of the common modules for one-time codes.
 */

export interface PromptParts {
  /** The text before the question; may be empty. PAM puts messages in front of the next question. */
  readonly message: string;
  /** The question itself: the last line. */
  readonly question: string;
}

export function partsOf(text: string): PromptParts {
  const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
  return { message: lines.slice(0, -1).join('\n').trim(), question: (lines.at(-1) ?? '').trim() };
}

const password = anyOf(
  // The Latin script
  'password|passwd|passwort|kennwort|passphrase|pass phrase|mot de passe|contraseña|contrasenya|contrasinal|contrasigno',
  'palavra-passe|senha|parola|parole|parool|heslo|geslo|hasło|lozinka|zaporka|adgangskode|passord|lösenord|lykilorð',
  'aðgangsorð|wachtwoord|wagwoord|salasana|slaptažodis|jelszó|şifre|şifrə|pasvorto|pasahitza|focal faire|fjalëkalim',
  'sandi|kata laluan|mật khẩu|parol',
  // SSSD's name for the password where a one-time code is asked for as well
  'first factor',
  // Other scripts
  'пароль|парола|лозинка|құпия сөз|κωδικός πρόσβασης|συνθηματικό|სიტყვა|პაროლი|գաղտնաբառ|ססמה|סיסמה|كلمة السر|كلمة المرور',
  'گذرواژه|密码|口令|密碼|パスワード|암호|비밀번호|รหัสผ่าน|ពាក្យសម្ងាត់|শব্দ|পাসওয়ার্ড|शब्दकूट|गुप्तशब्द|पासवर्ड|कूटशब्द',
  'પાસવર્ડ|ਪਾਸਵਰਡ|ಗುಪ್ತಪದ|അടയാളവാക്ക്|ପ୍ରବେଶ ସଙ୍କେତ|கடவுச்சொல்|సంకేతపదం|මුරපදය',
);
/** Called passwords, and valid for one login: pam_oath asks for a `One-time password`. */
const oneTime = anyOf(
  'one[ -]?time|onetime|single[ -]use|otp|oath|einmal|usage unique|un solo uso|monouso|eenmalig|jednoraz|jednokrat|engangs',
  'одноразов|一次性|ワンタイム|일회용',
);
/** A new password is not the password that was typed. */
const another = anyOf(
  '(new|retype|re-enter|reenter|repeat|again|confirm|neu|neue|neues|wiederhol|nouveau|nueva|nova|novo|nové|nuova|nowe)(?![\\p{L}])',
  '(nieuw|ny|nytt|nya|uusi|uus|új|yeni|nou|nouă|naujas|jauna)(?![\\p{L}])',
  'нов|جديد|חדש|新|새|नया|नवीन|নতুন',
);
/** Something that is not a password, and that a question may ask for in addition. */
const code = anyOf('(verification |security )?code|pin|token|tan|passcode|authenticator|second factor|2fa|mfa');
/** `Password & verification code:` wants both in one answer: the user types the code after the password. */
const joined = /[&+,]|\b(and|followed|und|et|y|e|en|og|och|plus)\b/u;

/**
 * Whether the password that the user typed is the answer to a hidden question. In case of doubt it is not, and the user
 * reads and answers the question.
 */
export function asksForPassword(question: string): boolean {
  // The owner of the password says nothing about its kind.
  const text = question.toLowerCase().split(/\b(?:for|für|pour|para|per|voor|för|dla)\b/u)[0] ?? '';
  if (!password.test(text) || oneTime.test(text) || another.test(text)) return false;
  return !code.test(text) || joined.test(text);
}

/** Whether the answer has to hold more than the password. */
export function asksForMore(question: string): boolean {
  return code.test(question.toLowerCase());
}

/** One of these patterns, at the beginning of a word where the script separates words. */
function anyOf(...patterns: readonly string[]): RegExp {
  return new RegExp(`(?<![\\p{Script=Latin}])(${patterns.join('|')})`, 'u');
}
