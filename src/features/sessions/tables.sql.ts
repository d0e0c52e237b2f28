import { sql } from 'kysely'
import type { Migration, TableDefs } from '../../storage/types.ts'

export const sessionTables = {
  session: { scope: 'tenant', json: ['data'] },
  session_state: { scope: 'tenant', json: ['evidence', 'claims'] },
} as const satisfies TableDefs

const impersonationColumns = ['operator_id', 'operator_reason', 'operator_may']

export const sessionMigrations: readonly Migration[] = [
  {
    id: '001_sessions',
    up: ({ schema, types }) => [
      schema
        .createTable('session')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('session_handle', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addColumn('expires_at', types.instant, (column) => column.notNull())
        .addColumn('last_active_at', types.instant, (column) => column.notNull())
        .addColumn('user_agent', types.text, (column) => column.notNull())
        .addColumn('ip_address', types.text)
        .addColumn('device', types.text, (column) => column.notNull())
        .addColumn('data', types.json, (column) => column.notNull())
        .addPrimaryKeyConstraint('session_pk', ['tenant_id', 'session_handle']),
      schema.createIndex('session_user').on('session').columns(['tenant_id', 'user_id']),
      schema.createIndex('session_expiry').on('session').column('expires_at'),
      schema
        .createTable('session_state')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('session_handle', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('delivery', types.text, (column) => column.notNull())
        .addColumn('current_digest', types.text, (column) => column.notNull())
        .addColumn('previous_digest', types.text)
        .addColumn('rotated_at', types.instant)
        .addColumn('rotation_key_id', types.text)
        .addColumn('token_version', types.integer, (column) => column.notNull())
        .addColumn('touched_at', types.instant, (column) => column.notNull())
        .addColumn('evidence', types.json, (column) => column.notNull())
        .addColumn('claims', types.json, (column) => column.notNull())
        .addColumn('expires_at', types.instant, (column) => column.notNull())
        .addColumn('absolute_expires_at', types.instant, (column) => column.notNull())
        .addColumn('revoked_at', types.instant)
        .addPrimaryKeyConstraint('session_state_pk', ['tenant_id', 'session_handle']),
      // Ended sessions stay until they would have run out; a user who logs in often has many of them and few that live.
      schema
        .createIndex('session_state_living')
        .on('session_state')
        .columns(['tenant_id', 'user_id', 'session_handle'])
        .where(sql.ref('revoked_at'), 'is', null),
      schema.createIndex('session_state_expiry').on('session_state').column('expires_at'),
    ],
    down: ({ schema }) => [schema.dropTable('session_state'), schema.dropTable('session')],
  },
  {
    // Ended ones too, in every tenant: whoever forgets a user forgets them all.
    id: '002_of_user',
    up: ({ schema }) => [schema.createIndex('session_state_user').on('session_state').column('user_id')],
    down: ({ schema }) => [schema.dropIndex('session_state_user')],
  },
  {
    // What operators list everybody's by; where counting goes by one it finds the end of a session in it.
    id: '003_lists',
    up: ({ schema, bytewise }) => [
      ...bytewise('session', 'ip_address'),
      schema.createIndex('session_newest').on('session').columns(['tenant_id', 'created_at', 'session_handle', 'expires_at']),
      schema.createIndex('session_active').on('session').columns(['tenant_id', 'last_active_at', 'session_handle']),
      schema.createIndex('session_ip').on('session').columns(['tenant_id', 'ip_address', 'session_handle', 'expires_at']),
    ],
    down: ({ schema }) => ['newest', 'active', 'ip'].map((name) => schema.dropIndex(`session_${name}`)),
  },
  {
    // Of the few sessions that are not their users' own.
    id: '004_impersonation',
    up: ({ schema, types }) => [
      ...impersonationColumns.map((name) => schema.alterTable('session_state').addColumn(name, types.text)),
      schema
        .createIndex('session_state_operator')
        .on('session_state')
        .columns(['tenant_id', 'operator_id'])
        .where(sql.ref('operator_id'), 'is not', null),
    ],
    down: ({ schema }) => [
      schema.dropIndex('session_state_operator'),
      ...impersonationColumns.map((name) => schema.alterTable('session_state').dropColumn(name)),
    ],
  },
]
