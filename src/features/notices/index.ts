/**
 * Notices: mails that tell somebody what happened to their account, since it may not have been them (OWASP ASVS 5.0 V6.3.5, V6.3.7).
 *
 * Invariant: a notice is owed in the transaction of what it tells of, wherever that came from; nothing a caller sent becomes its words.
 * Not here: the mail about a changed address. It carries the way back, and `email/` owes it.
 *
 * @module
 */
import { z } from 'zod'
import { prefixOf } from '../../kernel/http/address.ts'
import { declareFeature, type UserData } from '../feature.ts'
import { mail } from '../mail/index.ts'
import { sessions } from '../sessions/index.ts'
import { optionsOf, setting, settings } from '../settings/index.ts'
import { users } from '../users/index.ts'
import { noticesContract } from './contract.ts'
import { createNotices } from './service.ts'
import { knownStore, noticesMigrations, noticesTables } from './store.sql.ts'

const told = (summary: string) => setting({ schema: z.boolean(), default: true, summary })
const switches = {
  newDevice: told('Whether people are told of a login from a device that was not seen before'),
  passwordChanged: told('Whether people are told of a password that was set'),
  refreshReuse: told('Whether people are told of a session that was ended because its credential had been copied'),
}

export const notices = declareFeature({
  name: 'notices',
  needs: { users, sessions, settings },
  wants: { mail },
  options: z.strictObject(optionsOf(switches)).prefault({}),
  contract: noticesContract,
  tables: noticesTables,
  migrations: noticesMigrations,
  create({ needs, wants, options, database, keys }) {
    const known = knownStore(database)
    const userData: UserData = { name: 'notices', erase: (tx, { userId }) => known(tx).remove(userId) }
    const told =
      wants.mail &&
      createNotices({
        users: needs.users,
        mail: wants.mail,
        known,
        policy: needs.settings.policyOf('notices', switches, options),
        markOf: (...parts) => keys.tag('known place', ...parts),
        // Of IPv4 the address itself: whoever reads the mail looks for their own.
        networkOf: (ip) => prefixOf(ip).replace(/\/32$/, ''),
      })
    return { told, userData }
  },
  handlers: () => ({}),
  gives: ({ told, userData }) => ({ userData, ...(told && { eventSink: told.sink, mails: told.writers }) }),
})
