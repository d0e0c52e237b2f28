import { html } from 'hono/html'
import type { AuthError } from '../kernel/contract/errors.ts'
import { csrfField, type Html, problemId, type Reader, reasonsFor, textsFor } from './layout.ts'
import type { PageReader } from './pages.ts'

/** A field of a form, and what the page knows about it. */
interface Field {
  /** As the call names it, so that a refusal finds its field. */
  readonly name: string
  readonly label: string
  readonly type: 'email' | 'tel' | 'text' | 'password'
  /** WCAG 2.2, 1.3.5; password managers go by it. */
  readonly autocomplete:
    | 'username'
    | 'email'
    | 'current-password'
    | 'new-password'
    | 'one-time-code'
    | 'given-name'
    | 'family-name'
  /** What was typed before; never that of a password. */
  readonly value?: string | undefined
  readonly error: AuthError | undefined
  /** The id of a text that helps. */
  readonly help?: string
  readonly isOptional?: boolean
  /** Whether people begin here; a problem is read first. */
  readonly isFirst?: boolean
  /** Whether the refusal is about this field, where it does not say so itself. */
  readonly isRefused?: boolean
}

/** A label and its field, and below it why it was refused. */
export function field(reader: Reader, { name, label, type, autocomplete, value = '', error, help, ...more }: Field): Html {
  const isRefused = more.isRefused || error?.issues?.some(({ pointer }) => pointer === `/${name}`) === true
  const reasons = reasonsFor(reader, error, name)
  const why = reasons.length > 0 ? `${name}-problem` : problemId
  const texts = [help, isRefused ? why : undefined].filter((id) => id !== undefined)
  const keyboard =
    autocomplete === 'one-time-code' ? 'numeric' : { email: 'email', tel: 'tel', text: 'text', password: 'text' }[type]
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" inputmode="${keyboard}" autocomplete="${autocomplete}" autocapitalize="${more.isOptional ? 'words' : 'none'}" spellcheck="false"${more.isOptional ? '' : html` required`}${more.isFirst && !error ? html` autofocus` : ''} value="${value}"
 aria-invalid="${String(isRefused)}" aria-describedby="${texts.join(' ')}">${reasons.length === 0 ? '' : html`\n<p class="reason" id="${why}">${reasons.join(' ')}</p>`}`
}

/** By what somebody logs in here: one field for all kinds there are. */
export function identifierField(reader: PageReader, form: ReadonlyMap<string, string>, error: AuthError | undefined): Html {
  const { identifiers } = reader
  const texts = textsFor(reader).pages.fields
  const types = { email: 'email', phone: 'tel', username: 'text' } as const
  const [only, ...more] = identifiers
  return field(reader, {
    name: 'identifier',
    label: identifiers.map((kind) => texts[kind]).join(' / '),
    type: only === undefined || more.length > 0 ? 'text' : types[only],
    autocomplete: 'username',
    value: form.get('identifier'),
    error,
    isFirst: true,
  })
}

/** A form without it would be refused from browsers that do not say where a form comes from. */
export const hiddenToken = (token: string): Html => html`<input type="hidden" name="${csrfField}" value="${token}">`

/** The field in which a form carries on where its login is to lead. */
export const returnField = 'returnTo'

/** Carries a wish on, if it is one that is followed. */
export function hiddenReturn(reader: PageReader, form: ReadonlyMap<string, string>): Html | '' {
  const wish = reader.accept(form.get(returnField))
  return wish === undefined ? '' : html`<input type="hidden" name="${returnField}" value="${wish}">`
}

/** The address of another page of ours, which goes on with the same wish. */
export function linkTo(reader: PageReader, path: `/${string}`, form?: ReadonlyMap<string, string>): string {
  const wish = reader.accept(form?.get(returnField))
  return `${reader.basePath}${path}${wish === undefined ? '' : `?${returnField}=${encodeURIComponent(wish)}`}`
}
