/**
 * A file of users: chosen, its columns mapped, read by the server, which says of each row what would become of it.
 *
 * @module
 */
import { Alert, Button, Checkbox, Code, FileInput, Group, Select, SimpleGrid, Stack, Text, Textarea } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { importFields, namingFields } from '../../../../src/client.ts'
import { api } from '../../data/api.ts'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { type Beginning, beginningOf, likelyField } from './columns.ts'
import { importsTexts } from './texts.ts'

const naming: readonly string[] = namingFields

interface Chosen extends Beginning {
  readonly file: File
  /** What each column is; `''` is left out. */
  readonly is: Readonly<Record<string, string>>
}

export default function NewImportScreen() {
  const t = useTexts(importsTexts)
  const frame = useFrameTexts()
  const navigate = useNavigate()
  const [chosen, setChosen] = useState<Chosen>()
  const [reason, setReason] = useState('')
  const [dryRun, setDryRun] = useState(false)
  const stage = useAct({
    run: ({ file, format, is }: Chosen) =>
      api.imports.stage({
        file,
        format,
        reason: reason.trim(),
        dryRun: dryRun ? 'true' : 'false',
        mapping: JSON.stringify(Object.fromEntries(Object.entries(is).filter(([, field]) => field !== ''))),
      }),
    touches: ['imports'],
    quiet: true,
  })
  const isNamed = chosen !== undefined && Object.values(chosen.is).some((field) => naming.includes(field))
  const isReady = isNamed && reason.trim() !== ''
  const choose = async (file: File | null) => {
    stage.reset()
    const found = file && (await beginningOf(file))
    setChosen(found ? { ...found, file, is: oncePerField(found.columns) } : undefined)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) stage.mutate(chosen, { onSuccess: ({ id }) => void navigate({ to: `/import/${id}` }) })
  }
  return (
    <Page title={t.new} lead={t.newLead} crumbs={[{ label: t.title, to: '/import' }]}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Section>
            <FileInput
              label={t.file}
              description={t.fileHelp}
              placeholder={t.choose}
              accept=".csv,.tsv,.txt,.ndjson,.jsonl,text/csv,application/x-ndjson"
              leftSection={<Icon name="upload" size={16} />}
              maw={480}
              value={chosen?.file ?? null}
              onChange={(file) => void choose(file)}
            />
          </Section>
          {!chosen && <Understood />}
          {chosen && <Mapping chosen={chosen} isNamed={isNamed} change={(is) => setChosen({ ...chosen, is })} />}
          <Section>
            <Stack gap="md">
              <Textarea
                label={frame.confirm.reason}
                description={frame.confirm.reasonHelp}
                required
                withAsterisk
                maxLength={500}
                autosize
                minRows={2}
                value={reason}
                onChange={({ currentTarget: { value } }) => setReason(value.replaceAll(/\s+/g, ' '))}
              />
              <Checkbox label={t.dryRun} checked={dryRun} onChange={({ currentTarget: { checked } }) => setDryRun(checked)} />
              {stage.error && (
                <Alert color="red" role="alert">
                  {refusalOf(stage.error, frame).text}
                </Alert>
              )}
              <Group>
                <Button type="submit" disabled={!isReady} loading={stage.isPending}>
                  {t.check}
                </Button>
              </Group>
            </Stack>
          </Section>
        </Stack>
      </form>
    </Page>
  )
}

const sample = `email,firstName,role,metadata.team
ada@example.com,Ada,user,engines
grace@example.com,Grace,editor,compilers`

/** What a file may hold, before there is one. */
function Understood() {
  const t = useTexts(importsTexts)
  return (
    <Section title={t.columns}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t.known}
        </Text>
        <Group gap={6}>
          {[...importFields, 'metadata.…'].map((field) => (
            <Code key={field}>{field}</Code>
          ))}
        </Group>
        <Text size="sm" c="dimmed">
          {t.sample}
        </Text>
        <Code block>{sample}</Code>
      </Stack>
    </Section>
  )
}

function Mapping({
  chosen: { columns, format, is },
  isNamed,
  change,
}: {
  chosen: Chosen
  isNamed: boolean
  change: (is: Chosen['is']) => void
}) {
  const t = useTexts(importsTexts)
  return (
    <Section title={`${t.columns} (${t.formats[format]})`}>
      {columns.length === 0 ? (
        <Text c="var(--mantine-color-error)">{t.unreadable}</Text>
      ) : (
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t.columnsHelp}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {columns.map((column) => (
              <Select
                key={column}
                label={t.becomes(column)}
                styles={{ label: { overflowWrap: 'anywhere' } }}
                value={is[column] ?? ''}
                data={choicesOf(column, t)}
                onChange={(field) => change({ ...is, [column]: field ?? '' })}
              />
            ))}
          </SimpleGrid>
          {!isNamed && <Alert color="orange">{t.noName}</Alert>}
        </Stack>
      )}
    </Section>
  )
}

function choicesOf(column: string, t: (typeof importsTexts)['en']) {
  const note = column.startsWith('metadata.') ? column : `metadata.${column}`
  return [
    { value: '', label: t.leaveOut },
    ...importFields.map((field) => ({ value: field, label: t.fields[field] ?? field })),
    { value: note, label: t.note },
  ]
}

/** Of two columns that look like the same field, the first is. */
function oncePerField(columns: readonly string[]): Record<string, string> {
  const taken = new Set<string>()
  const entries = columns.map((column): [string, string] => {
    const field = likelyField(column)
    if (taken.has(field)) return [column, '']
    if (field !== '') taken.add(field)
    return [column, field]
  })
  return Object.fromEntries(entries)
}
