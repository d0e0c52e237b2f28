import { sql } from 'kysely'
import type { Migration, TableDefs } from '../../storage/types.ts'

export const usersTables = {
  user_profile: { scope: 'pool', json: ['metadata'] },
  user_identifier: { scope: 'pool' },
  user_state: { scope: 'pool' },
  user_intent: { scope: 'pool' },
  user_address_step: { scope: 'pool' },
} as const satisfies TableDefs

const textColumns = ['identifier', 'name', 'name_reversed']

const listIndexes = {
  user_profile_newest: ['pool_id', 'created_at', 'id'],
  user_profile_identifier: ['pool_id', 'identifier', 'id'],
  user_profile_name: ['pool_id', 'name', 'id'],
  user_profile_reversed: ['pool_id', 'name_reversed', 'id'],
  user_profile_role: ['pool_id', 'role', 'created_at', 'id'],
}

const shown = (column: string) => `(select ${column} from user_identifier i
  where i.pool_id = user_profile.pool_id and i.user_id = user_profile.id and i.released_at is null
  order by case kind when 'email' then 0 when 'username' then 1 else 2 end, value limit 1)`

const fromWhatIsThere = [
  `update user_profile set
    identifier = coalesce(${shown('value')}, ''),
    verified_at = ${shown('verified_at')},
    name = lower(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))),
    name_reversed = lower(trim(coalesce(last_name, '') || ' ' || coalesce(first_name, '')))`,
  `update user_profile set disabled_at =
    (select disabled_at from user_state s where s.pool_id = user_profile.pool_id and s.user_id = user_profile.id)`,
]

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
  {
    // What operators search, order and filter people by, each with an index of its own.
    id: '004_lists',
    up: ({ schema, types, raw, bytewise }) => [
      schema.alterTable('user_state').addColumn('disabled_reason', types.text),
      ...textColumns.map((name) =>
        schema.alterTable('user_profile').addColumn(name, types.text, (column) => column.notNull().defaultTo('')),
      ),
      schema.alterTable('user_profile').addColumn('verified_at', types.instant),
      schema.alterTable('user_profile').addColumn('disabled_at', types.instant),
      ...textColumns.flatMap((name) => bytewise('user_profile', name)),
      ...bytewise('user_identifier', 'value'),
      ...fromWhatIsThere.map(raw),
      ...Object.entries(listIndexes).map(([name, columns]) =>
        schema
          .createIndex(name)
          .on('user_profile')
          .columns([...columns]),
      ),
      schema
        .createIndex('user_profile_disabled')
        .on('user_profile')
        .columns(['pool_id', 'created_at', 'id'])
        .where(sql.ref('disabled_at'), 'is not', null),
      schema
        .createIndex('user_profile_proved')
        .on('user_profile')
        .columns(['pool_id', 'created_at', 'id'])
        .where(sql.ref('verified_at'), 'is not', null),
      schema
        .createIndex('user_profile_unproved')
        .on('user_profile')
        .columns(['pool_id', 'created_at', 'id'])
        .where(sql.ref('verified_at'), 'is', null),
      // With all that is asked of one person's names: otherwise SQLite takes the index of everybody's, which has it.
      schema.dropIndex('user_identifier_user'),
      schema.createIndex('user_identifier_user').on('user_identifier').columns(['pool_id', 'user_id', 'value', 'released_at']),
      schema
        .createIndex('user_identifier_search')
        .on('user_identifier')
        .columns(['pool_id', 'value', 'user_id', 'released_at'])
        .where(sql.ref('released_at'), 'is', null),
    ],
    down: ({ schema }) => [
      schema.dropIndex('user_identifier_search'),
      schema.dropIndex('user_identifier_user'),
      schema.createIndex('user_identifier_user').on('user_identifier').columns(['pool_id', 'user_id']),
      ...['unproved', 'proved', 'disabled'].map((name) => schema.dropIndex(`user_profile_${name}`)),
      ...Object.keys(listIndexes).map((name) => schema.dropIndex(name)),
      ...[...textColumns, 'verified_at', 'disabled_at'].map((name) => schema.alterTable('user_profile').dropColumn(name)),
      schema.alterTable('user_state').dropColumn('disabled_reason'),
    ],
  },
]
