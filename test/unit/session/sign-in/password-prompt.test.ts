import { describe, expect, it } from 'vitest';
import { asksForMore, asksForPassword, partsOf } from '../../../../src/session/sign-in/password-prompt.js';

describe('a hidden question', () => {
  it.each([
    // Linux-PAM, in some of its languages
    'Password: ',
    'Passwort: ',
    'Mot de passe : ',
    'Contraseña: ',
    'Hasło: ',
    'Heslo: ',
    'Парола: ',
    'Пароль: ',
    'パスワード:',
    '암호: ',
    'كلمة السر: ',
    'ססמה: ',
    '密码：',
    // Modules
    'LDAP Password: ',
    'Password for ada@CODE.EXAMPLE.ORG: ',
    'Password for newton: ',
    'Enter your password: ',
    'UNIX password',
    'Current password: ',
    'First Factor: ',
    'Password & verification code: ',
    'Password and token:',
    'Enter PASSWORD followed by your code:',
    'Password + Token value: ',
  ])('asks for the password: %j', (text) => {
    expect(asksForPassword(partsOf(text).question)).toBe(true);
  });

  it.each([
    // pam_oath, pam_google_authenticator, pam_duo, pam_yubico, SecurID, SSSD, pam_u2f
    "One-time password (OATH) for `ada': ",
    'OTP: ',
    'Verification code: ',
    'Passcode or option (1-3): ',
    "YubiKey for `ada': ",
    'Enter PASSCODE: ',
    'Second Factor: ',
    'Insert your U2F device, then press ENTER.',
    'Einmalpasswort: ',
    'Mot de passe à usage unique : ',
    '一次性密码：',
    // A password other than the typed one
    'New password: ',
    'Retype new password: ',
    'Enter new UNIX password: ',
    'Geben Sie ein neues Passwort ein: ',
    'Nouveau mot de passe : ',
    'Nové heslo: ',
    'Новый пароль: ',
    '新しい パスワード:',
    // Not a password at all
    'PIN: ',
    'Code for password reset: ',
    'Token password: ',
    'Answer: ',
    '',
  ])('asks for something else: %j', (text) => {
    expect(asksForPassword(partsOf(text).question)).toBe(false);
  });

  it('is the last line; what PAM says before it stands apart', () => {
    expect(partsOf('Welcome.\r\nThe password is sent to the registry.\nCode: ')).toEqual({
      message: 'Welcome.\nThe password is sent to the registry.',
      question: 'Code:',
    });
    expect(partsOf('Password:\n')).toEqual({ message: '', question: 'Password:' });
    expect(partsOf('One\rTwo\r\rThree: \r\n')).toEqual({ message: 'One\nTwo', question: 'Three:' });
    expect(partsOf('\n  \nCode: ')).toEqual({ message: '', question: 'Code:' });
    expect(partsOf('Hello\n   Code: ')).toEqual({ message: 'Hello', question: 'Code:' });
    expect(partsOf(' \n ')).toEqual({ message: '', question: '' });
  });

  it.each([
    ['Password & verification code: ', true],
    ['PASSWORD + TOKEN: ', true],
    ['Password: ', false],
    ['First Factor: ', false],
  ])('%j asks for more than the password: %s', (text, more) => {
    expect(asksForMore(text)).toBe(more);
  });
});
