import { Badge } from '@mantine/core'
import type { api } from '../../data/api.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { jobsTexts } from './texts.ts'

export type Job = Awaited<ReturnType<typeof api.jobs.get>>
export type JobState = Job['state']

/** How bad it is: only what was given up asks for somebody. */
const colours = { due: 'lake', running: 'teal', waiting: 'orange', dead: 'red' } as const

/** Where a job stands. */
export function JobBadge({ state }: { state: JobState }) {
  const t = useTexts(jobsTexts)
  return (
    <Badge color={colours[state]} miw="max-content">
      {t.states[state]}
    </Badge>
  )
}
