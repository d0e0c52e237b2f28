/**
 * The one store that node-auth ships: templates of mails, in memory.
 *
 * @module
 */
import type { ITemplateStore, MailTemplate } from '../../stores.ts'

/**
 * Keeps templates until the process ends.
 *
 * @example
 * ```ts
 * import { MemoryTemplateStore } from 'keywright/node-auth'
 *
 * const templates = new MemoryTemplateStore()
 * await templates.updateMailTemplate('password-reset', { translations: { en: { subject: 'A new key' } } })
 * ```
 */
export class MemoryTemplateStore implements ITemplateStore {
  readonly #templates = new Map<string, MailTemplate>()

  async getMailTemplate(id: string): Promise<MailTemplate | null> {
    return this.#templates.get(id) ?? null
  }

  async listMailTemplates(): Promise<MailTemplate[]> {
    return [...this.#templates.values()]
  }

  async updateMailTemplate(id: string, change: Partial<Omit<MailTemplate, 'id'>>): Promise<void> {
    const empty = { baseHtml: '', baseText: '', translations: {} }
    this.#templates.set(id, { ...empty, ...this.#templates.get(id), ...change, id })
  }
}
