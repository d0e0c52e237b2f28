import type { Migration, TableDefs } from '../../storage/types.ts'

export const usersTables = {
  user_profile: { scope: 'pool', json: ['metadata'] },
  user_identifier: { scope: 'pool' },
  user_state: { scope: 'pool' },
  user_intent: { scope: 'pool' },
  user_address_step: { scope: 'pool' },
} as const satisfies TableDefs

export const usersMigrations: readonly Migration[] = [
  {
    id: '001_users',
    up: ({ schema, types }) => [
      schema
        .createTable('user_profile')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('role', types.text, (column) => column.notNull())
        .addColumn('first_name', types.text)
        .addColumn('last_name', types.text)
        .addColumn('locale', types.text)
        .addColumn('metadata', types.json, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('user_profile_pk', ['pool_id', 'id']),
      schema
        .createTable('user_identifier')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('kind', types.text, (column) => column.notNull())
        .addColumn('value', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('verified_at', types.instant)
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('user_identifier_pk', ['pool_id', 'kind', 'value']),
      schema.createIndex('user_identifier_user').on('user_identifier').columns(['pool_id', 'user_id']),
      schema
        .createTable('user_state')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('token_version', types.integer, (column) => column.notNull())
        .addColumn('disabled_at', types.instant)
        .addPrimaryKeyConstraint('user_state_pk', ['pool_id', 'user_id']),
      schema
        .createTable('user_intent')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('declared_at', types.instant, (column) => column.notNull())
        .addColumn('revoked_at', types.instant)
        .addPrimaryKeyConstraint('user_intent_pk', ['pool_id', 'user_id']),
    ],
    down: ({ schema }) => [
      schema.dropTable('user_intent'),
      schema.dropTable('user_state'),
      schema.dropTable('user_identifier'),
      schema.dropTable('user_profile'),
    ],
  },
  {
    id: '002_released_address',
    up: ({ schema, types }) => [
      schema.alterTable('user_identifier').addColumn('released_at', types.instant),
      schema
        .createIndex('user_identifier_released')
        .on('user_identifier')
        .column('released_at')
        .where('released_at', 'is not', null),
    ],
    down: ({ schema, raw }) => [
      raw('delete from user_identifier where released_at is not null'), // without the column they would be somebody's again
      schema.dropIndex('user_identifier_released'),
      schema.alterTable('user_identifier').dropColumn('released_at'),
    ],
  },
  {
    id: '003_address_step',
    up: ({ schema, types }) => [
      schema
        .createTable('user_address_step')
        .addColumn('pool_id', types.text, (column) => column.notNull())
        .addColumn('user_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('email', types.text, (column) => column.notNull())
        .addColumn('verified_at', types.instant)
        .addColumn('declared_at', types.instant, (column) => column.notNull())
        .addColumn('completed_at', types.instant)
        .addPrimaryKeyConstraint('user_address_step_pk', ['pool_id', 'user_id']),
    ],
    down: ({ schema }) => [schema.dropTable('user_address_step')],
  },
]
