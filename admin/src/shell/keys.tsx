/**
 * Shortcuts of single letters, and the list of all of them.
 *
 * They can be turned off (WCAG 2.2, 2.1.4): whoever dictates says letters without meaning them.
 *
 * @module
 */
import { Kbd, Modal, SimpleGrid, Stack, Switch, Table } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { keep, kept } from '../data/kept.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { focusFirstRow } from '../parts/first-row.ts'
import { openPalette } from './palette.tsx'
import { useScreens } from './use-screens.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type="checkbox"]), textarea, select'))

const isCovered = (): boolean => document.querySelector('[role="dialog"][aria-modal="true"]') !== null

/** Where a screen has nothing to search in, everything is searched: letters that follow are words, and no shortcuts. */
function search(): void {
  const box = document.querySelector<HTMLElement>('[data-list-search]')
  if (box) box.focus()
  else openPalette()
}

export function Keys({ isShown, show, hide }: { isShown: boolean; show: () => void; hide: () => void }) {
  const t = useFrameTexts()
  const screens = useScreens()
  const navigate = useNavigate()
  const [areOn, setOn] = useState(() => kept('letters') !== 'off')
  const pressedG = useRef(0)
  useEffect(() => {
    if (!areOn) return
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || isCovered())
        return
      const isJump = event.timeStamp - pressedG.current < 1_200
      const jump = isJump ? screens.find((screen) => screen.jump === event.key) : undefined
      pressedG.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
      if (jump) void navigate({ to: jump.path })
      else if (event.key === '/') search()
      else if (event.key === '?') show()
      else if (event.key === 'j' || event.key === 'ArrowDown') {
        if (event.target !== document.body && !(event.target as HTMLElement).matches('main')) return
        focusFirstRow()
      } else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [areOn, screens, navigate, show])
  const turn = (on: boolean) => {
    keep('letters', on ? 'on' : 'off')
    setOn(on)
  }
  const everywhere: Rows = [
    [<Pair key="k" one="Ctrl K" other="⌘ K" between={t.keys.or} />, t.keys.palette],
    [<Kbd key="/">/</Kbd>, t.keys.search],
    [<Pair key="j" one="j" other="k" between={t.keys.or} />, t.keys.rows],
    [<Kbd key="enter">Enter</Kbd>, t.keys.open],
    [<Kbd key="x">x</Kbd>, t.keys.select],
    [<Kbd key="?">?</Kbd>, t.keys.help],
    [<Kbd key="esc">Esc</Kbd>, t.keys.close],
  ]
  const jumps: Rows = screens.flatMap(({ jump, name }) =>
    jump ? [[<Pair key={jump} one="g" other={jump} between={t.keys.after} />, t.keys.jump(name)] as const] : [],
  )
  return (
    <Modal opened={isShown} onClose={hide} title={t.keys.title} size={720} closeButtonProps={{ 'aria-label': t.confirm.close }}>
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing={0} style={{ alignItems: 'start' }}>
          <Meanings rows={everywhere} />
          <Meanings rows={jumps} />
        </SimpleGrid>
        <Switch
          label={t.keys.off}
          description={t.keys.offWhy}
          checked={areOn}
          onChange={(event) => turn(event.currentTarget.checked)}
        />
      </Stack>
    </Modal>
  )
}

type Rows = readonly (readonly [ReactNode, string])[]

const Meanings = ({ rows }: { rows: Rows }) => (
  <Table verticalSpacing={5} horizontalSpacing={4}>
    <Table.Tbody>
      {rows.map(([key, meaning]) => (
        <Table.Tr key={meaning}>
          <Table.Td w={140}>{key}</Table.Td>
          <Table.Td>{meaning}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

const Pair = ({ one, other, between }: { one: string; other: string; between: string }) => (
  <>
    <Kbd>{one}</Kbd> {between} <Kbd>{other}</Kbd>
  </>
)
