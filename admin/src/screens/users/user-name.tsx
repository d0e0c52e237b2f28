import { Anchor } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { calledOf } from '../../parts/called.ts'
import { userQuery } from './user-query.ts'

/**
 * What a user is called, with the way to their page; the id until that is known, and of whoever is gone. Asks for those on the screen alone: a long
 * list would spend what an address may ask in a minute.
 */
export function UserName({ id }: { id: string }) {
  const { ref, inViewport } = useInViewport<HTMLAnchorElement>()
  const user = useQuery({ ...userQuery(id), enabled: inViewport, staleTime: 300_000, retry: false })
  return (
    <Anchor ref={ref} inherit renderRoot={(props) => <Link to={`/users/${encodeURIComponent(id)}`} {...props} />}>
      {user.data ? calledOf(user.data) : id}
    </Anchor>
  )
}
