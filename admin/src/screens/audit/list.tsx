import { Switch, TextInput } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { api } from '../../data/api.ts'
import { type List, useList } from '../../data/use-list.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { FilterSelect, ListBar, SearchBox } from '../../parts/list-bar.tsx'
import { Page } from '../../parts/page.tsx'
import { idsOnly } from '../users/ids-only.tsx'
import { shortOf } from './actor.tsx'
import { columnsOf, placeOf } from './columns.tsx'
import { merged, useTail } from './entries.ts'
import { auditTexts } from './texts.ts'

/** Who did what. */
export default function AuditScreen() {
  const t = useTexts(auditTexts)
  const { live } = useSearch({ strict: false }) as { live?: string }
  const navigate = useNavigate()
  const list = useList({
    key: 'audit',
    asks: ['action', 'actor', 'userId', 'target', 'from', 'to'],
    fetch: api.audit.list,
    rows: (page) => page.entries,
  })
  const isFirstPage = !list.previous && !list.query.isPlaceholderData && list.query.isSuccess
  const tail = useTail(list.asked, list.rows[0]?.id, live === '1' && isFirstPage)
  const action = list.asked.action
  const actions = action === undefined || action in t.actions ? t.actions : { ...t.actions, [action]: shortOf(action) }
  const turn = (on: boolean) =>
    void navigate({
      to: '.',
      search: ((was: object) => ({ ...was, cursor: undefined, live: on ? '1' : undefined })) as never,
      replace: true,
      resetScroll: false,
    })
  return (
    <Page
      title={t.title}
      lead={t.lead}
      actions={
        <Switch
          label={t.live}
          title={t.liveHelp}
          checked={live === '1'}
          onChange={({ currentTarget: { checked } }) => turn(checked)}
        />
      }
    >
      <ListBar list={list}>
        <SearchBox list={list} ask="userId" label={t.filterUser} main />
        <SearchBox list={list} ask="actor" label={t.filterActor} />
        <SearchBox list={list} ask="target" label={t.filterTarget} />
        <FilterSelect list={list} ask="action" label={t.what} any={t.anyAction} values={actions} />
        <Instant list={list} ask="from" label={t.from} />
        <Instant list={list} ask="to" label={t.to} />
      </ListBar>
      <DataTable
        label={t.title}
        list={tail.length > 0 ? { ...list, rows: merged(tail, list.rows) } : list}
        columns={columnsOf(t, true)}
        id={({ id }) => id}
        name={({ action }) => shortOf(action)}
        to={placeOf}
        nothing={idsOnly(list.asked.userId) ?? idsOnly(list.asked.actor)}
        empty={{ title: t.empty, help: t.emptyHelp }}
      />
    </Page>
  )
}

/** An instant in the zone of whoever looks; the address has it in UTC. */
function Instant<R>({ list, ask, label }: { list: List<R>; ask: string; label: string }) {
  const asked = list.asked[ask]
  const at = asked === undefined ? Number.NaN : Date.parse(asked)
  const local = Number.isNaN(at) ? '' : new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  return (
    <TextInput
      key={local}
      type="datetime-local"
      aria-label={label}
      leftSection={label}
      leftSectionWidth={56}
      leftSectionProps={{ 'aria-hidden': true }}
      defaultValue={local}
      onBlur={({ currentTarget: { value } }) => {
        const next = value === '' ? undefined : new Date(value).toISOString()
        if (value !== local) list.ask({ [ask]: next })
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  )
}
