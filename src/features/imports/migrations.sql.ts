import type { Migration, TableDefs } from '../../storage/types.ts'

export const importTables = {
  import_run: { scope: 'tenant', json: ['mapping', 'ignored', 'actor'] },
  import_row: { scope: 'tenant', json: ['person'] },
  import_name: { scope: 'tenant' },
} as const satisfies TableDefs

export const importMigrations: readonly Migration[] = [
  {
    id: '001_imports',
    up: ({ schema, types }) => [
      schema
        .createTable('import_run')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('id', types.text, (column) => column.notNull())
        .addColumn('format', types.text, (column) => column.notNull())
        .addColumn('mapping', types.json)
        .addColumn('ignored', types.json, (column) => column.notNull())
        .addColumn('dry_run', types.integer, (column) => column.notNull())
        .addColumn('reason', types.text, (column) => column.notNull())
        .addColumn('actor', types.json, (column) => column.notNull())
        .addColumn('state', types.text, (column) => column.notNull())
        .addColumn('rows_total', types.integer, (column) => column.notNull())
        .addColumn('ready', types.integer, (column) => column.notNull())
        .addColumn('refused', types.integer, (column) => column.notNull())
        .addColumn('created', types.integer, (column) => column.notNull())
        .addColumn('failed', types.integer, (column) => column.notNull())
        .addColumn('error', types.text)
        .addColumn('step', types.integer, (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addColumn('updated_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint('import_run_pk', ['tenant_id', 'id']),
      schema
        .createTable('import_row')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('import_id', types.text, (column) => column.notNull())
        .addColumn('row_number', types.integer, (column) => column.notNull())
        .addColumn('outcome', types.text, (column) => column.notNull())
        .addColumn('code', types.text)
        .addColumn('field', types.text)
        .addColumn('email', types.text)
        .addColumn('username', types.text)
        .addColumn('phone', types.text)
        .addColumn('person', types.json)
        .addColumn('created_user_id', types.text)
        .addPrimaryKeyConstraint('import_row_pk', ['tenant_id', 'import_id', 'row_number']),
      schema.createIndex('import_row_outcome').on('import_row').columns(['tenant_id', 'import_id', 'outcome', 'row_number']),
      schema
        .createTable('import_name')
        .addColumn('tenant_id', types.text, (column) => column.notNull())
        .addColumn('import_id', types.text, (column) => column.notNull())
        .addColumn('kind', types.text, (column) => column.notNull())
        .addColumn('value', types.text, (column) => column.notNull())
        .addColumn('row_number', types.integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('import_name_pk', ['tenant_id', 'import_id', 'kind', 'value']),
      schema.createIndex('import_name_value').on('import_name').column('value'),
      schema.createIndex('import_row_user').on('import_row').column('created_user_id').where('created_user_id', 'is not', null),
    ],
    down: ({ schema }) => [schema.dropTable('import_name'), schema.dropTable('import_row'), schema.dropTable('import_run')],
  },
  {
    id: '002_sent',
    up: ({ schema, types }) => [
      schema.alterTable('import_row').addColumn('sent', types.text),
      schema.createIndex('import_row_sent').on('import_row').column('sent').where('sent', 'is not', null),
    ],
    down: ({ schema }) => [schema.dropIndex('import_row_sent'), schema.alterTable('import_row').dropColumn('sent')],
  },
]
