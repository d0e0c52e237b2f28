import { html } from 'hono/html'
import { languages } from '../../messages/languages.ts'
import { field } from '../fields.ts'
import { type Html, say, textsFor } from '../layout.ts'
import type { PageReader } from '../pages.ts'
import { type AccountPage, card, currentPassword, errorIn, formOf, sentIn, type Viewer, type Visit } from './section.ts'

const path = '/account'
const wordsOf = (reader: PageReader) => textsFor(reader).pages['account-profile']

/** Who somebody is here: names, language, address. */
export const profile: AccountPage = {
  path,
  section: 'profile',
  title: (reader) => wordsOf(reader).title,
  forms: [
    {
      name: 'profile',
      endpoint: { contract: 'users', key: 'updateMe' },
      input: (form) => ({
        firstName: form.get('firstName')?.trim() || null,
        lastName: form.get('lastName')?.trim() || null,
        locale: form.get('locale') || null,
      }),
    },
    {
      name: 'email',
      endpoint: { contract: 'email', key: 'change' },
      input: (form) => ({ newEmail: form.get('newEmail')?.trim(), currentPassword: form.get('currentPassword') }),
    },
  ],
  done: (reader) => ({ profile: wordsOf(reader).saved, email: wordsOf(reader).emailSent }),
  async body(reader, visit) {
    const hasChange = visit.isMounted({ contract: 'email', key: 'change' })
    return html`${names(reader, visit)}
${identifiers(reader, visit)}
${hasChange ? address(reader, visit) : ''}`
  },
}

function names(reader: PageReader, visit: Visit): Html {
  const texts = wordsOf(reader)
  const error = errorIn(visit, 'profile')
  const named = (name: 'firstName' | 'lastName', autocomplete: 'given-name' | 'family-name') =>
    field(reader, {
      name,
      label: texts[name],
      type: 'text',
      autocomplete,
      value: sentIn(visit, 'profile', name) ?? visit.viewer[name] ?? '',
      error,
      isOptional: true,
    })
  const content = html`<div class="pair"><div>${named('firstName', 'given-name')}</div>
<div>${named('lastName', 'family-name')}</div></div>
${languageField(reader, sentIn(visit, 'profile', 'locale') ?? visit.viewer.locale ?? '')}`
  const form = formOf(reader, visit, { page: path, name: 'profile' }, { content, button: textsFor(reader).pages.account.save })
  return card(html`<p>${say(reader, texts.intro, { app: reader.app })}</p>${form}`)
}

/** A language of the application that is none of ours stays what it is. */
function languageField(reader: PageReader, chosen: string): Html {
  const texts = wordsOf(reader)
  const isForeign = chosen !== '' && !languages.some((language) => language === chosen)
  const options: readonly (readonly [string, string])[] = [
    ['', texts.byBrowser],
    ...languages.map((language) => [language, texts[language]] as const),
    ...(isForeign ? [[chosen, say(reader, texts.other, { language: chosen })] as const] : []),
  ]
  const shown = options.map(
    ([value, text]) => html`<option value="${value}"${value === chosen ? html` selected` : ''}>${text}</option>`,
  )
  return html`<label for="locale">${texts.language}</label>
<select id="locale" name="locale">${shown}</select>`
}

const kinds = ['email', 'username', 'phone'] as const satisfies readonly (keyof Viewer)[]

function identifiers(reader: PageReader, visit: Visit): Html {
  const texts = wordsOf(reader)
  const { fields } = textsFor(reader).pages
  const rows = kinds.flatMap((kind) => {
    const value = visit.viewer[kind]
    return value === null
      ? []
      : [html`<div><dt>${fields[kind]}</dt><dd>${value}${kind === 'email' ? standing(reader, visit) : ''}</dd></div>`]
  })
  return card(html`<dl>${rows}</dl>`, texts.names)
}

function standing(reader: PageReader, visit: Visit): Html {
  const texts = wordsOf(reader)
  if (visit.viewer.emailVerified) return html` <span class="mark">${texts.proved}</span>`
  const canProve = visit.isMounted({ contract: 'email', key: 'resend' })
  const link = html` <a href="${reader.basePath}/verify/resend">${texts.prove}</a>`
  return html` <span class="mark open">${texts.unproved}</span>${canProve ? link : ''}`
}

function address(reader: PageReader, visit: Visit): Html {
  const texts = wordsOf(reader)
  const newEmail = {
    name: 'newEmail',
    label: texts.newEmail,
    type: 'email',
    autocomplete: 'email',
    value: sentIn(visit, 'email', 'newEmail'),
    error: errorIn(visit, 'email'),
  } as const
  const content = html`${field(reader, newEmail)}${currentPassword(reader, visit, 'email')}`
  const form = formOf(reader, visit, { page: path, name: 'email' }, { content, button: texts.emailButton })
  return card(html`<p>${texts.emailIntro}</p>${form}`, texts.emailTitle)
}
