import type { ITemplateStore } from '../../features/mail/index.ts'
import { assertEqual, type ConformanceCase, casesOf, type OpenStore } from './case.ts'

/**
 * What {@link ITemplateStore} promises, against your store.
 *
 * @example
 * ```ts
 * import type { ITemplateStore } from 'keywright/stores'
 * import { templateStoreCases } from 'keywright/testing'
 *
 * async function verify(open: () => Promise<ITemplateStore>) {
 *   for (const { run } of templateStoreCases(open)) await run() // or, with a runner: test(name, run)
 * }
 * ```
 */
export const templateStoreCases = (open: OpenStore<ITemplateStore>): ConformanceCase[] => casesOf(open, cases)

type Cases = Record<string, (store: ITemplateStore) => Promise<void>>

const translations = {
  en: { subject: 'A key for {{app}}', body: '{{T.title}} "quoted" <b>' },
  it: { subject: 'Una chiave per {{app}}' },
}

const cases: Cases = {
  async 'a template nobody has written is nothing, whatever it is called'(store) {
    for (const id of ['password-reset', '', 'constructor', '__proto__', "it's"])
      assertEqual((await store.getMailTemplate(id)) ?? null, null, 'getMailTemplate answers null for no such id')
  },
  async 'what is saved is there, as it was written'(store) {
    await store.updateMailTemplate('welcome', { baseHtml: '<p>{{T.body}}</p>', baseText: '{{T.body}}\n', translations })
    const kept = { id: 'welcome', baseHtml: '<p>{{T.body}}</p>', baseText: '{{T.body}}\n', translations }
    assertEqual(await store.getMailTemplate('welcome'), kept, 'getMailTemplate answers what updateMailTemplate was given')
    assertEqual(await store.listMailTemplates(), [kept], 'listMailTemplates answers it too')
  },
  async 'a change leaves what it does not name, and is of one template'(store) {
    await store.updateMailTemplate('welcome', { translations })
    await store.updateMailTemplate('verify-email', { baseText: 'theirs' })
    await store.updateMailTemplate('welcome', { baseHtml: '<p>new</p>' })
    assertEqual(
      await store.getMailTemplate('welcome'),
      { id: 'welcome', baseHtml: '<p>new</p>', baseText: '', translations },
      'what a change does not name stays',
    )
    const ids = (await store.listMailTemplates()).map(({ id }) => id).toSorted()
    assertEqual(ids, ['verify-email', 'welcome'], 'listMailTemplates answers each once')
  },
}
