/**
 * Every text people read, in English: the language whose shape all others have.
 *
 * ICU messages. `{app}` is the name of the application; what else a text may name stands beside its template (`features/mail`).
 *
 * @module
 */
import { enIssues } from './en-issues.ts'

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
    'reset-required': {
      subject: 'You need a new password for {app}',
      title: 'Choose a new password',
      body: 'The people who run {app} ask you to choose a new password. All your devices were logged out, and the old password opens nothing any more.',
      cta: 'Choose a new password',
      disclaimer:
        'The link works once, for {minutes, plural, one {a minute} other {# minutes}}. When it has run out, ask for a new one under “forgot password”.',
    },
    'not-me': {
      subject: 'Your account at {app} is locked',
      title: 'Choose a new password',
      body: 'You told us that somebody else was in your account at {app}. All devices were logged out, and the old password opens nothing any more.',
      cta: 'Choose a new password',
      disclaimer:
        'The link works once, for {minutes, plural, one {a minute} other {# minutes}}. When it has run out, ask for a new one under “forgot password”.',
    },
    'set-password': {
      subject: 'Your account at {app}',
      title: 'An account was made for you',
      body: 'You can use {app} as soon as you have chosen a password. Nobody else knows it.',
      cta: 'Choose a password',
      disclaimer:
        'The link works once, for {minutes, plural, one {a minute} other {# minutes}}. When it has run out, ask for a new one under “forgot password”.',
    },
    'password-changed': {
      subject: 'Your password at {app} was changed',
      title: 'Your password was changed',
      body: 'The password of your account at {app} was changed on {date}. All other devices were logged out.',
      disclaimer: 'If this was not you, choose a new one at once under “forgot password”.',
    },
    'verify-email': {
      subject: 'Confirm your address for {app}',
      title: 'Confirm your address',
      body: 'Somebody, we hope you, gave this address for an account at {app}.',
      cta: 'Confirm this address',
      code: 'Or type this code where you were asked for it:',
      disclaimer:
        'The link works once, for {hours, plural, one {an hour} other {# hours}}, the code for {minutes, plural, one {a minute} other {# minutes}}. If you did not open this account, do not confirm: whoever did knows its password.',
    },
    'already-registered': {
      subject: 'You already have an account at {app}',
      title: 'You already have an account',
      body: 'Somebody, we hope you, wanted to open an account at {app} with this address. There is one already: log in as you always do. If you do not know the password any more, choose a new one.',
      cta: 'Choose a new password',
      disclaimer: 'If this was not you, do nothing: nothing was changed.',
    },
    'change-email': {
      subject: 'Confirm your new address at {app}',
      title: 'Is this your address?',
      body: 'Somebody, we hope you, wants this to be the address of their account at {app}.',
      cta: 'Confirm the address',
      disclaimer:
        'The link works once, for {minutes, plural, one {a minute} other {# minutes}}. If this was not you, do nothing: nothing changes.',
    },
    'address-taken': {
      subject: 'Your address at {app}',
      title: 'You have an account already',
      body: 'Somebody wanted to use this address for another account at {app}. It belongs to yours, so nothing has changed.',
      disclaimer: 'If this was you, log in with this address, or take another one there. If not, there is nothing to do.',
    },
    'email-changed': {
      subject: 'Your address at {app} was changed',
      title: 'Your address was changed',
      body: 'The address of your account at {app} was changed on {date}. This one does not belong to it any more.',
      cta: 'Undo the change',
      disclaimer:
        'If this was you, do nothing. If not, undo it within {hours, plural, one {an hour} other {# hours}}: this address comes back, all devices are logged out, and you choose a new password.',
    },
    'email-reverted': {
      subject: 'Your account at {app} is yours again',
      title: 'Your address is back',
      body: 'This address belongs to your account at {app} again. All devices were logged out, and the old password opens nothing any more.',
      cta: 'Choose a new password',
      disclaimer:
        'The link works once, for {minutes, plural, one {a minute} other {# minutes}}. When it has run out, ask for a new one under “forgot password”.',
    },
    'new-device': {
      subject: 'A new device at {app}',
      title: 'A login from a new device',
      body: 'Somebody logged in to your account at {app} on {date}. Device: {device}. Network address: {network}.',
      disclaimer:
        'If this was you, do nothing. If not, choose a new password at once under “forgot password”: all devices are logged out then.',
    },
    'refresh-reuse': {
      subject: 'A device was logged out at {app}',
      title: 'We logged a device out',
      body: 'On {date} somebody used a login of your account at {app} that had been replaced. It may have been copied, so it has ended. Device: {device}. Network address: {network}.',
      disclaimer: 'Log in again on that device. If this happens more than once, choose a new password.',
    },
    'account-deletion': {
      subject: 'Your account at {app} will be deleted',
      title: 'Your account will be deleted',
      body: 'Your account at {app} and everything in it will be deleted on {date}. Until then nobody can log in to it.',
      cta: 'Keep my account',
      disclaimer: 'If you want it gone, do nothing. If this was not you, keep it, and choose a new password.',
    },
    test: {
      subject: 'A test from {app}',
      title: 'It works',
      body: 'This mail was sent to see whether mail from {app} arrives.',
    },
  },
  variables: {
    app: 'The name of the application',
    minutes: 'How many minutes the link or the code works',
    hours: 'How many hours the link works',
    date: 'The day and the time',
    code: 'The six digits',
    newEmail: 'The new address',
    device: 'The browser and its system',
    network: 'The network address it came from',
  },
  pages: {
    panel: {
      title: 'Log in to the panel',
    },
    fields: {
      identifier: 'Name you log in with',
      email: 'E-mail address',
      username: 'User name',
      phone: 'Phone number',
      password: 'Password',
    },
    login: {
      title: 'Log in',
      button: 'Log in',
      forgotten: 'Forgotten your password?',
      register: 'Create an account',
      mailTitle: 'Check your mail',
      mailBody: 'Your address has to be confirmed before you can log in. A mail is on its way that says how to go on.',
    },
    register: {
      title: 'Create an account',
      button: 'Create the account',
      login: 'I have an account',
    },
    welcome: {
      title: 'You are logged in',
      intro: 'On this device you are {name}.',
      button: 'Log out',
      doneTitle: 'You are logged out',
      doneBody: 'Nobody can go on under your name on this device.',
      login: 'Log in again',
    },
    'replace-password': {
      title: 'Choose a password of your own',
      intro: 'Before you go on, the password you were given has to make way for one that only you know.',
      button: 'Save and go on',
    },
    'forgot-password': {
      title: 'Forgotten your password?',
      intro: 'Tell us your address. If it has an account, we send a link to choose a new password with.',
      email: 'E-mail address',
      button: 'Send the link',
      sentTitle: 'Check your mail',
      sentBody: 'If that address has an account, a link is on its way. It works once, for 30 minutes.',
      back: 'Back to the login',
    },
    'reset-password': {
      title: 'Choose a new password',
      intro: 'At least {minLength} characters. A few words that do not belong together are easy to remember and hard to guess.',
      password: 'New password',
      button: 'Save',
      doneTitle: 'Your password was changed',
      doneBody: 'All devices were logged out. You can log in with the new password now.',
      again: 'Ask for a new link',
      login: 'Log in',
    },
    'change-email': {
      title: 'Is this your address?',
      intro: 'Confirm it, and it is the address of your account from now on.',
      button: 'Confirm the address',
      doneTitle: 'Your address was changed',
      doneBody: 'We have told the old address too.',
      onward: 'Go on',
    },
    'revert-email': {
      title: 'Undo the change',
      intro: 'Your old address comes back, all devices are logged out, and your password is void: somebody else may know it.',
      button: 'Undo the change',
      doneTitle: 'Your address is back',
      doneBody: 'All devices were logged out. Check your mail: there is a link to choose a new password with.',
      again: 'Ask for another link',
    },
    'restore-account': {
      title: 'Keep your account?',
      intro: 'It was to be deleted. If you keep it, you can log in again as before.',
      button: 'Keep my account',
      doneTitle: 'Your account stays',
      doneBody: 'You can log in again. If it was not you who wanted it deleted, choose a new password.',
      login: 'Log in',
      password: 'Choose a new password',
    },
    account: {
      area: 'Your account',
      skip: 'Skip to the content',
      logOut: 'Log out',
      profile: 'Profile',
      password: 'Password',
      devices: 'Devices',
      activity: 'Activity',
      data: 'Your data',
      deletion: 'Delete account',
      currentPassword: 'Current password',
      wrongPassword: 'This is not your password.',
      save: 'Save',
      instant: '{date} UTC',
      impersonationArea: 'Somebody else’s account',
      impersonation: 'You see this account as {name} does.',
      impersonationOwn: 'What you find here you can look at. Only {name} can change it.',
      impersonationReason: 'Reason: {reason}',
      impersonationUntil: 'Ends on {date}',
      impersonationStop: 'Stop',
    },
    'account-profile': {
      title: 'Profile',
      intro: 'What {app} calls you, and in which language it speaks to you.',
      firstName: 'First name',
      lastName: 'Last name',
      language: 'Language',
      byBrowser: 'As my browser asks',
      en: 'English',
      it: 'Italiano',
      other: '{language}',
      saved: 'Your profile was saved.',
      names: 'How you log in',
      proved: 'Confirmed',
      unproved: 'Not confirmed yet',
      prove: 'Confirm it',
      emailTitle: 'Change your address',
      emailIntro:
        'We send a link to the new address. It is yours once you have opened it; the old one can undo the change for 72 hours.',
      newEmail: 'New e-mail address',
      emailButton: 'Send the link',
      emailSent: 'A link is on its way to the new address. Until you open it, nothing changes.',
    },
    'account-password': {
      title: 'Password',
      intro: 'All your other devices are logged out when you change it.',
      button: 'Change the password',
      saved: 'Your password was changed. All other devices were logged out.',
    },
    'account-devices': {
      title: 'Devices',
      intro: 'Where you are logged in. If you do not know a device, log it out and change your password.',
      here: 'This device',
      device: '{browser} on {system}',
      unknown: 'Unknown device',
      impersonated: 'Somebody who works for {app} and sees what you see',
      active: 'Last active {when}',
      since: 'Logged in on {date}',
      network: 'Network address {ip}',
      end: 'Log out',
      endOf: 'Log out {device}, last active {when}',
      ended: 'The device was logged out.',
      endOthers: 'Log out all other devices',
      endedOthers: 'All other devices were logged out.',
      alone: 'You are logged in nowhere else.',
    },
    'account-activity': {
      title: 'Activity',
      intro: 'What happened to your account, newest first.',
      none: 'Nothing has happened yet.',
      older: 'Older',
      newest: 'Newest',
      network: 'Network address {ip}',
      byOperator: 'By the people who run {app}',
      notMe: 'This wasn’t me',
      notMeOf: 'This wasn’t me: {what}, {date}',
    },
    happenings: {
      'identity.user.created': 'Your account was created',
      'identity.user.updated': 'Your profile was changed',
      'identity.user.email.verified': 'Your address was confirmed',
      'identity.user.email.changed': 'Your address was changed',
      'identity.user.password.changed': 'Your password was changed',
      'identity.user.password.reset-required': 'A new password was demanded',
      'identity.user.intrusion-reported': 'You said that it was not you; all devices were logged out',
      'identity.user.disabled': 'Your account was locked',
      'identity.user.enabled': 'Your account was unlocked',
      'identity.user.deletion-scheduled': 'Your account was to be deleted',
      'identity.user.restored': 'Your account was kept',
      'identity.user.exported': 'Your data was handed out',
      'identity.session.created': 'Logged in',
      'identity.session.revoked': 'A device was logged out',
      'identity.impersonation.started': 'Your account was looked at the way you see it',
      'identity.session.reuse-detected': 'A login that may have been copied was ended',
      'identity.auth.logout': 'Logged out',
      'identity.auth.login.failed': 'A login failed',
      'identity.code.rejected': 'A wrong code was typed',
      other: 'Something else: {action}',
    },
    'not-me': {
      title: 'This wasn’t you?',
      intro: 'Then somebody else may be in your account. We lock it, so that only you get back in:',
      everywhere: 'All devices are logged out, this one too.',
      byMail: 'Your password opens nothing any more. We send a link to {email} to choose a new one with.',
      byLogin: 'At your next login you choose a new password.',
      button: 'Lock my account',
      back: 'No, all is well',
      doneTitle: 'Your account is locked',
      doneMail:
        'All devices were logged out, and your old password opens nothing any more. A mail is on its way to you: follow its link to choose a new password.',
      moved: 'If your address was changed too, first open the mail at your old address that told you so: it undoes the change.',
      doneLogin: 'All devices were logged out. Log in now and choose a new password, before anybody else does.',
      again: 'Send another link',
      login: 'Log in',
    },
    'account-data': {
      title: 'Your data',
      intro: 'Everything {app} keeps about your account, as a JSON file: profile, devices, activity and the rest.',
      button: 'Download',
      fresh: 'Type your password, so that nobody else takes your data along.',
    },
    'account-deletion': {
      title: 'Delete your account',
      intro: 'Your account goes, with everything that is kept of it. All devices are logged out at once.',
      grace:
        'It is deleted {days, plural, one {a day} other {# days}} from now. Until then nobody can log in, and the link in a mail we send to {email} brings it back.',
      hours:
        'It is deleted {hours, plural, one {an hour} other {# hours}} from now. Until then nobody can log in, and the link in a mail we send to {email} brings it back.',
      unheard:
        'It is deleted {days, plural, one {a day} other {# days}} from now. Until then nobody can log in. No mail reaches you, so only the people who run {app} can bring it back.',
      atOnce: 'It is deleted at once, and nothing brings it back.',
      button: 'Delete my account',
      denied: 'This account cannot be deleted at the moment.',
      doneTitle: 'Your account is deleted',
      doneBody: 'You are logged out everywhere. Nothing is left to log in to.',
      waitsTitle: 'Your account will be deleted',
      waitsBody:
        'You are logged out everywhere. It is deleted on {date}. Until then the link in the mail we have sent brings it back.',
    },
    'verify-email': {
      title: 'Confirm your address',
      intro: 'Confirm if it was you who opened the account. If it was not, do not: whoever did knows its password.',
      codeIntro: 'Type the six digits of the mail, or open its link.',
      email: 'E-mail address',
      code: 'Code',
      button: 'Confirm',
      wrong: 'This code is wrong, or does not work any more.',
      again: 'Ask for a new mail',
      doneTitle: 'Your address is confirmed',
      doneBody: 'You can log in now.',
      login: 'Log in',
    },
    'confirm-owner': {
      intro: 'Type the password of this account.',
      button: 'Confirm',
      notMine: 'I did not open it, or do not know the password: choose a new one',
    },
    'resend-verification': {
      title: 'Another mail',
      intro: 'Tell us your address. If it is still to be confirmed, we send a new link and a new code.',
      email: 'E-mail address',
      button: 'Send the mail',
      sentTitle: 'Check your mail',
      sentBody:
        'If that address is still to be confirmed, a mail is on its way. Its link works once, for 24 hours, its code for 10 minutes.',
      enter: 'Type the code of the mail',
    },
  },
  refusals: {
    forbidden: 'This account may not work with the panel.',
    invalid_credentials: 'This did not match. Look at both fields again.',
    identifier_taken: 'There is an account with this address or name already. If it is yours, log in.',
    registration_closed: 'No new accounts are made here.',
    login_expired: 'That took too long. Log in again.',
    password_required: 'The password of the account is needed too.',
    password_reset_required: 'A new password has to be chosen first. Ask for a link under “forgot password”.',
    denied_by_app: 'You are not let in here.',
    last_owner: 'You are the last owner of the panel. Make somebody else an owner first.',
    ticket_rejected: 'This link does not work any more: it was used, has run out, or there is a newer one.',
    password_rejected: 'This password is not accepted.',
    rate_limited: 'That was too often. Try again in {seconds, plural, one {a second} other {# seconds}}.',
    impersonation_refused: 'This is somebody else’s account: only they can do this.',
    csrf_rejected: 'This form did not come from this site. Open the page anew.',
    validation_failed: 'Something in the form is not as it should be.',
    unavailable: 'This does not work at the moment. Try again in a minute.',
    other: 'This did not work.',
  },
  issues: enIssues,
  advice: {
    warnings: {
      straight_row: 'Keys that stand in a row are guessed easily.',
      key_pattern: 'Patterns on the keyboard are guessed easily.',
      simple_repeat: 'One character over and over, like “aaa”, is guessed easily.',
      extended_repeat: 'A part that repeats, like “abcabc”, is only a little harder to guess than the part.',
      sequences: 'Sequences like “abc” or “6543” are guessed easily.',
      recent_years: 'Years are guessed easily.',
      dates: 'Dates are guessed easily.',
      top_ten: 'It is one of the ten passwords that are tried first.',
      top_hundred: 'It is one of the hundred passwords that are tried first.',
      common: 'Many people use it.',
      similar_to_common: 'It is almost one that many people use.',
      word_by_itself: 'A single word is guessed easily.',
      names_by_themselves: 'A single name is guessed easily.',
      common_names: 'Names are guessed easily.',
      user_inputs: 'It is made of your name or of ours.',
    },
    suggestions: {
      l33t: 'Writing “@” for “a” helps little: everybody who guesses knows it.',
      reverse_words: 'Words that are written backwards are hardly harder to guess.',
      all_uppercase: 'Capitals everywhere help little.',
      capitalization: 'A capital at the beginning helps little.',
      dates: 'Leave out dates and years that have to do with you.',
      recent_years: 'Leave out years.',
      associated_years: 'Leave out years that have to do with you.',
      sequences: 'Leave out sequences.',
      repeated: 'Do not repeat words or characters.',
      longer_keyboard_pattern: 'If it has to be a pattern on the keyboard, a long one with many turns.',
      another_word: 'Add a word or two that few people use.',
      use_words: 'Take several words that do not belong together.',
      no_need: 'Nobody needs symbols, digits or capitals for that.',
    },
  },
} as const satisfies Catalogue

interface Catalogue {
  /** What the texts of mails may name, told to operators. */
  readonly variables: Readonly<Record<string, string>>
  readonly pages: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly refusals: Readonly<Record<string, string>>
  /** By the code of an issue, or the format it asks for. */
  readonly issues: Readonly<Record<string, string>>
  readonly advice: Readonly<Record<'warnings' | 'suggestions', Readonly<Record<string, string>>>>
  readonly mail: Readonly<Record<string, MailTexts>>
}

/** The texts of one mail; what a mail does not have is left out. */
export interface MailTexts {
  readonly subject: string
  readonly title: string
  readonly body: string
  /** The words on its one button. */
  readonly cta?: string
  /** The words before its code. */
  readonly code?: string
  readonly disclaimer?: string
}

/** The shape every language has: a missing text does not compile, and neither does one too many. */
export type Messages = Shape<typeof en>
type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> }
