/**
 * Every text people read, in English: the language whose shape all others have.
 *
 * ICU messages. `{app}` is the name of the application; what else a text may name stands beside its template (`features/mail`).
 *
 * @module
 */
export const en = {
  mail: {
    'reset-password': {
      subject: 'Choose a new password for {app}',
      title: 'Choose a new password',
      body: 'Somebody, we hope you, has forgotten the password of your account at {app}.',
      cta: 'Choose a new password',
      disclaimer:
        'The link works once, for {minutes, plural, one {a minute} other {# minutes}}. If this was not you, do nothing: your password stays.',
    },
    'password-changed': {
      subject: 'Your password at {app} was changed',
      title: 'Your password was changed',
      body: 'The password of your account at {app} was changed on {date}. All other devices were logged out.',
      disclaimer: 'If this was not you, choose a new one at once under “forgot password”.',
    },
    test: {
      subject: 'A test from {app}',
      title: 'It works',
      body: 'This mail was sent to see whether mail from {app} arrives.',
    },
  },
  pages: {
    'forgot-password': {
      title: 'Forgotten your password?',
      intro: 'Tell us your address. If it has an account, we send a link to choose a new password with.',
      email: 'E-mail address',
      button: 'Send the link',
      sentTitle: 'Look into your mail',
      sentBody: 'If that address has an account, a link is on its way. It works once, for 30 minutes.',
    },
    'reset-password': {
      title: 'Choose a new password',
      intro: 'At least {minLength} characters. A few words that do not belong together are easy to remember and hard to guess.',
      password: 'New password',
      button: 'Save',
      doneTitle: 'Your password was changed',
      doneBody: 'All devices were logged out. You can log in with the new password now.',
      again: 'Ask for a new link',
    },
  },
  refusals: {
    ticket_rejected: 'This link does not work any more: it was used, has run out, or there is a newer one.',
    password_rejected: 'This password is not accepted.',
    rate_limited: 'That was too often. Try again in {seconds, plural, one {a second} other {# seconds}}.',
    csrf_rejected: 'This form did not come from this site. Open the page anew.',
    validation_failed: 'Something in the form is not as it should be.',
    unavailable: 'This does not work at the moment. Try again in a minute.',
    other: 'This did not work.',
  },
  passwords: {
    too_short: 'It is too short.',
    too_long: 'It is too long.',
    malformed: 'It has characters that cannot be used.',
    common: 'Too many people use it.',
    guessable: 'It is made of your name or of ours.',
    unchanged: 'It is the one you have.',
  },
} as const satisfies Catalogue

interface Catalogue {
  readonly pages: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly refusals: Readonly<Record<string, string>>
  readonly passwords: Readonly<Record<string, string>>
  readonly mail: Readonly<Record<string, MailTexts>>
}

/** The texts of one mail; what a mail does not have is left out. */
export interface MailTexts {
  readonly subject: string
  readonly title: string
  readonly body: string
  /** The words on its one button. */
  readonly cta?: string
  readonly disclaimer?: string
}

/** The shape every language has: a missing text does not compile, and neither does one too many. */
export type Messages = Shape<typeof en>
type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> }
