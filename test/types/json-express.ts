/**
 * What a user of JSON Express writes compiles under the strictest settings, and what would be a mistake does not.
 *
 * @module
 */
import IdentityPlugin, {
  type EmailTemplateContext,
  type IConfigProvider,
  type IDatabaseAdapter,
  type IEmailProvider,
  type IKvStore,
  type ILogger,
  type IPlugin,
  type IQueueAdapter,
  type IssuedTokenPayload,
  type JsonExpressKernel,
  type JwtIssuerConfig,
  type ModelSchema,
  IdentityPlugin as Named,
  passwordResetEmail,
  type RouteDefinition,
  signAccessToken,
  userModel,
  verificationEmail,
} from '../../src/json-express.ts'

const say = (_message: string, _context?: unknown): void => {}
const logger: ILogger = { info: say, warn: say, error: say, debug: say, child: () => logger }

export async function boot(kernel: JsonExpressKernel, configProvider: IConfigProvider): Promise<ModelSchema[]> {
  const plugin: IPlugin = new IdentityPlugin({ configProvider, logger })
  await plugin.onBoot(kernel, configProvider)
  await plugin.onReady?.(kernel, configProvider)
  const named = new Named({ logger })
  named.keywright.on('identity.user.created', (event) => logger.info('new', { userId: event.userId }))
  const payload: string | null = await named.verify('Bearer a')
  logger.info(payload ?? 'nobody')
  // @ts-expect-error the plugin says what it does
  new IdentityPlugin({ configProvider })
  return [...named.provideSchemas(), { ...userModel, fields: { ...userModel.fields, nickname: { type: 'string' } } }]
}

const context: EmailTemplateContext = { appName: 'Example', to: 'a@example.com', actionUrl: 'https://example.com', token: 'a' }
export const mails = [verificationEmail(context), passwordResetEmail({ ...context, from: 'hi@example.com' })]
// @ts-expect-error a mail needs a token
verificationEmail({ appName: 'Example', to: 'a@example.com', actionUrl: 'https://example.com' })

const who: IssuedTokenPayload = { sub: '1', role: 'user', email: 'a@example.com' }
const issuer: JwtIssuerConfig = { secret: 'a', ttl: '1h', issuer: 'me', audience: ['a'] }
export const token: string = signAccessToken(who, issuer)
// @ts-expect-error tokens of the secret are HS256
signAccessToken(who, { ...issuer, algorithms: ['RS256'] })

export class Kv implements IKvStore {
  get = async <T>(_key: string): Promise<T | null> => null
  set = async (_key: string, _value: unknown, _options?: { ttlMs?: number }): Promise<void> => {}
  delete = async (_key: string): Promise<void> => {}
}

export class Queue implements IQueueAdapter {
  enqueue = async (_queue: string, _job: string, _payload: object, _options?: { delay?: number }): Promise<string> => '1'
  registerWorker(
    _queue: string,
    _work: (job: { name: string; payload: Readonly<Record<string, unknown>> }) => Promise<void>,
  ): void {}
}

export const mailer: IEmailProvider = { send: async ({ to, subject, text }) => say(`${to} ${subject} ${text}`) }
export const route = (db: IDatabaseAdapter): RouteDefinition => ({
  method: 'GET',
  path: '/names',
  handler: async () => ({ statusCode: 200, body: await db.getAll('names') }),
})
