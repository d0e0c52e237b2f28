import { Stack } from '@mantine/core'
import { SessionsTable } from './table.tsx'

/** The devices of one user, on their page. */
export default function SessionsOfUser({ user }: { user: { readonly id: string } }) {
  return (
    <Stack gap="md">
      <SessionsTable userId={user.id} />
    </Stack>
  )
}
