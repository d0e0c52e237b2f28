import { Button, Group, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { JsonEditor, parseJsonObject } from '../../parts/json-editor.tsx'
import { PageLoading, Section } from '../../parts/page.tsx'
import { Refused } from '../../parts/states.tsx'
import { usersTexts } from './texts.ts'

const written = (value: object): string => JSON.stringify(value, null, 2)

/** What the application keeps with a user. */
export default function Metadata({ user: { id } }: { user: { readonly id: string } }) {
  const query = useQuery({ queryKey: ['users', 'metadata', id], queryFn: () => api.users.metadata({ id }) })
  if (query.isError) return <Refused error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <PageLoading />
  return <MetadataForm id={id} stored={query.data.metadata} />
}

function MetadataForm({ id, stored }: { id: string; stored: object }) {
  const t = useTexts(usersTexts)
  const { json } = useFrameTexts()
  const { may } = useOperator()
  const [typed, setTyped] = useState<string>()
  const text = typed ?? written(stored)
  const read = parseJsonObject(text, json)
  const save = useAct({
    run: (metadata: object) => api.users.setMetadata({ id, metadata } as never),
    done: t.metadataSaved,
    touches: ['users'],
  })
  const submit = () => {
    if ('value' in read) save.mutate(read.value, { onSuccess: () => setTyped(undefined) })
  }
  return (
    <Section>
      <Stack gap="md">
        <JsonEditor
          label={t.metadata}
          description={t.metadataHelp}
          value={text}
          onChange={setTyped}
          readOnly={!may('manage')}
          error={'problem' in read ? read.problem : undefined}
        />
        {may('manage') && (
          <Group>
            <Button
              loading={save.isPending}
              disabled={typed === undefined || typed === written(stored) || 'problem' in read}
              onClick={submit}
            >
              {t.save}
            </Button>
          </Group>
        )}
      </Stack>
    </Section>
  )
}
