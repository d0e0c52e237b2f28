import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { calledOf } from '../../parts/called.ts'
import { userQuery } from './user-query.ts'

/** What a user is called, with the way to their page; the id until that is known, and of whoever is gone. */
export function UserName({ id }: { id: string }) {
  const user = useQuery({ ...userQuery(id), staleTime: 300_000, retry: false })
  return (
    <Anchor inherit renderRoot={(props) => <Link to={`/users/${encodeURIComponent(id)}`} {...props} />}>
      {user.data ? calledOf(user.data) : id}
    </Anchor>
  )
}
