import { Alert, Anchor, Badge, Code, List, SimpleGrid, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { usePlaces } from '../../data/places.ts'
import { number } from '../../messages/language.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Fact, Facts, Page, PageLoading, Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import classes from './screen.module.css'
import { type System, systemQuery } from './system-query.ts'
import { systemTexts } from './texts.ts'

type Check = System['checks'][number]

const colours = { ok: 'teal', advice: 'orange', fault: 'red' } as const
const worst = { ok: 0, advice: 1, fault: 2 } as const

/** How the house does: the process, its database, and every part. */
export default function SystemScreen() {
  const t = useTexts(systemTexts)
  const system = useQuery({ ...systemQuery, refetchInterval: 15_000 })
  if (system.isError && !system.data) return <Refused page error={system.error} retry={() => void system.refetch()} />
  if (!system.data) return <PageLoading />
  const { checks } = system.data
  const level = checks.reduce<Check['level']>((most, check) => (worst[check.level] > worst[most] ? check.level : most), 'ok')
  return (
    <Page title={t.title} lead={t.lead} beside={<Badge color={colours[level]}>{t.levels[level]}</Badge>}>
      {system.isError && <Refused error={system.error} retry={() => void system.refetch()} />}
      <Section title={t.checks} flush>
        <ul className={classes.checks}>
          {[...checks]
            .sort((a, b) => worst[b.level] - worst[a.level])
            .map((check) => (
              <CheckRow key={check.name} check={check} />
            ))}
        </ul>
      </Section>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Process system={system.data} />
        <DatabaseFacts system={system.data} />
      </SimpleGrid>
    </Page>
  )
}

/** Where an operator can do something about it. */
const placeOf: Readonly<Record<string, string>> = { jobs: '/jobs', mail: '/mail', keys: '/keys', settings: '/settings' }

/** What is said in these is not ours: a store or a driver threw it. */
const quoted: readonly Check['code'][] = ['store_faulty', 'look_failed']

function CheckRow({ check: { name, level, code, detail, figures } }: { check: Check }) {
  const t = useTexts(systemTexts)
  const place = usePlaces().find(({ path }) => path === placeOf[name])
  const called = t.names[name] ?? name
  return (
    <li className={classes.check}>
      <span className={classes.name}>
        {place ? (
          <Anchor inherit renderRoot={(props) => <Link to={place.path} {...props} />}>
            {called}
          </Anchor>
        ) : (
          called
        )}
      </span>
      <div className={classes.said}>
        <Text size="sm">{t.said[code]}</Text>
        {quoted.includes(code) && (
          <Text size="sm" c="dimmed" component="code" className={classes.quote}>
            {detail}
          </Text>
        )}
        <dl className={classes.figures}>
          {Object.entries(figures).map(
            ([figure, value]) =>
              value !== null && (
                <div key={figure}>
                  <dt>{t.figures[figure] ?? figure}</dt>
                  <dd>
                    <FigureValue value={value} />
                  </dd>
                </div>
              ),
          )}
        </dl>
      </div>
      <Badge color={colours[level]}>{t.short[level]}</Badge>
    </li>
  )
}

/** Some figures are instants. */
function FigureValue({ value }: { value: string | number }) {
  const { language } = useLanguage()
  if (typeof value === 'number') return number(language, value)
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return <Ago at={value} />
  return value
}

function Process({ system }: { system: System }) {
  const t = useTexts(systemTexts)
  const { changes } = system
  return (
    <Section title={t.process}>
      <Facts>
        <Fact name={t.version}>{system.version}</Fact>
        <Fact name={t.node}>{system.node}</Fact>
        <Fact name={t.started}>
          <Ago at={system.startedAt} />
        </Fact>
        <Fact name={t.baseUrl}>
          <Copyable value={system.baseUrl} />
        </Fact>
        <Fact name={t.changes}>
          {t.ways[changes.way]}
          {!changes.isCurrent && (
            <Badge color="red" ml={6}>
              {t.isLate}
            </Badge>
          )}
        </Fact>
      </Facts>
    </Section>
  )
}

function DatabaseFacts({ system: { database } }: { system: System }) {
  const t = useTexts(systemTexts)
  const { applied, pending, drifted } = database.migrations
  return (
    <Section title={t.database}>
      <Facts>
        <Fact name={t.engine}>{database.engine}</Fact>
        <Fact name={t.location}>
          <Copyable value={database.location} />
        </Fact>
        <Fact name={t.migrations}>{t.applied(applied)}</Fact>
      </Facts>
      <Steps title={t.pending} names={pending} />
      <Steps title={t.drifted} names={drifted} />
    </Section>
  )
}

const Steps = ({ title, names }: { title: string; names: readonly string[] }) =>
  names.length > 0 && (
    <Alert color="orange" mt="md" title={title} icon={<Icon name="alert" />}>
      <List size="sm">
        {names.map((name) => (
          <List.Item key={name}>
            <Code>{name}</Code>
          </List.Item>
        ))}
      </List>
    </Alert>
  )
