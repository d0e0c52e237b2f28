import { Anchor, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { inFull } from '../../parts/ago.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { Fact, Facts, Page, PageLoading, Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { UserName } from '../users/user-name.tsx'
import { Actor, shortOf } from './actor.tsx'
import { type AuditEntry, type Difference, differences, entryQuery } from './entries.ts'
import classes from './entry.module.css'
import { auditTexts } from './texts.ts'

/** One entry of the audit log: who, what, and what was different afterwards. */
export default function EntryScreen() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const t = useTexts(auditTexts)
  const entry = useQuery(entryQuery(id))
  if (entry.isError) return <Refused page error={entry.error} retry={() => void entry.refetch()} />
  if (entry.isPending) return <PageLoading />
  const { action, data, before, after } = entry.data
  const changed = differences(before, after)
  return (
    <Page title={shortOf(action)} crumbs={[{ label: t.title, to: '/audit' }]}>
      <Section>
        <What entry={entry.data} />
      </Section>
      {changed.length > 0 && (
        <Section title={t.diff} flush>
          <Diff changed={changed} />
        </Section>
      )}
      {hasSomething(data) && (
        <Section title={t.detail}>
          <pre className={classes.json}>{JSON.stringify(data, null, 2)}</pre>
        </Section>
      )}
      <More entry={entry.data} />
    </Page>
  )
}

const hasSomething = (data: unknown): boolean => data !== null && JSON.stringify(data) !== '{}'

function What({ entry }: { entry: AuditEntry }) {
  const t = useTexts(auditTexts)
  const { language } = useLanguage()
  const { actor, userId, target, ip } = entry
  return (
    <Facts>
      <Fact name={t.when}>
        <time dateTime={entry.at}>{inFull(entry.at, language)}</time>
      </Fact>
      <Fact name={t.who}>
        <Actor actor={actor} />
      </Fact>
      {actor.onBehalfOf !== undefined && (
        <Fact name={t.behalf}>
          <UserName id={actor.onBehalfOf} />
        </Fact>
      )}
      <Fact name={t.whom}>{userId === null ? '–' : <UserName id={userId} />}</Fact>
      {target !== userId && <Fact name={t.target}>{target === null ? '–' : <Copyable value={target} />}</Fact>}
      <Fact name={t.address}>{ip === null ? '–' : <Copyable value={ip} />}</Fact>
      <Fact name={t.correlation}>{entry.correlationId === null ? '–' : <Copyable value={entry.correlationId} />}</Fact>
      <Fact name={t.id}>
        <Copyable value={entry.id} />
      </Fact>
    </Facts>
  )
}

function Diff({ changed }: { changed: readonly Difference[] }) {
  const t = useTexts(auditTexts)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes.scroll} tabIndex={0} aria-label={t.diff}>
      <table className={classes.diff}>
        <thead>
          <tr>
            <th scope="col">{t.field}</th>
            <th scope="col">{t.before}</th>
            <th scope="col">{t.after}</th>
          </tr>
        </thead>
        <tbody>
          {changed.map(({ field, before, after }) => (
            <tr key={field}>
              <th scope="row">{field || t.target}</th>
              <td>
                <Value value={before} side={classes.was} />
              </td>
              <td>
                <Value value={after} side={classes.is} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Value({ value, side }: { value: unknown; side: string | undefined }) {
  const t = useTexts(auditTexts)
  if (value === undefined || value === null)
    return (
      <Text span size="sm" c="dimmed">
        {t.none}
      </Text>
    )
  return <span className={`${classes.value} ${side}`}>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</span>
}

/** Ways into the log from here. */
function More({ entry: { action, actor, userId, target } }: { entry: AuditEntry }) {
  const t = useTexts(auditTexts)
  const ways: readonly (readonly [string, Record<string, string>])[] = [
    [t.moreOf, { action }],
    [t.moreBy, { actor: actor.id }],
    ...(userId === null ? [] : [[t.moreAbout, { userId }] as const]),
    ...(target === null || target === userId ? [] : [[t.moreTarget, { target }] as const]),
  ]
  return (
    <Group gap="md" component="nav" aria-label={t.more}>
      {ways.map(([label, search]) => (
        <Anchor key={label} size="sm" renderRoot={(props) => <Link to="/audit" search={search as never} {...props} />}>
          {label}
        </Anchor>
      ))}
    </Group>
  )
}
