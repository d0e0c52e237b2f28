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
} as const satisfies Catalogue

interface Catalogue {
  readonly mail: Readonly<Record<string, MailTexts>>
}

/** The texts of one mail; what a mail does not have is left out. */
export interface MailTexts {
  readonly subject: string
  readonly title: string
  readonly body: string
  /** The words on its one button. */
  readonly cta?: string
  /** What stands above a code. */
  readonly code?: string
  readonly disclaimer?: string
}

/** The shape every language has: a missing text does not compile, and neither does one too many. */
export type Messages = Shape<typeof en>
type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> }
