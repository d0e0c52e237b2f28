/**
 * What the documents of JSON Express write, with only the package renamed.
 *
 * @module
 */
import IdentityPlugin, { type IConfigProvider, type ILogger, type IQueueAdapter } from 'keywright/json-express'

export const construct = (configProvider: IConfigProvider, logger: ILogger) => new IdentityPlugin({ configProvider, logger })

/** How the plugin they know puts a mail in the queue. */
export const enqueue = async (queue: IQueueAdapter, record: { id: string; email: string }, rawToken: string) => {
  await queue.enqueue('emails', 'sendPasswordReset', {
    userId: record.id,
    email: record.email,
    token: rawToken,
  })
}
