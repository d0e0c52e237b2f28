import { Button, CloseButton, Text, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { keep, kept } from '../../data/kept.ts'
import { usePlaces } from '../../data/places.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Section } from '../../parts/page.tsx'
import classes from './checklist.module.css'
import { type Step, useSetup } from './setup.ts'
import { overviewTexts } from './texts.ts'

/** What is owed before people come; gone once it is all done, or somebody hides it. */
export function Checklist() {
  const t = useTexts(overviewTexts)
  const [isHidden, hide] = useState(() => kept('checklist') === 'hidden')
  const steps = useSetup(kept('settings') === 'seen')
  const done = steps?.filter(({ isDone }) => isDone).length ?? 0
  if (isHidden || !steps || done === steps.length) return null
  return (
    <Section
      title={t.setup}
      flush
      actions={
        <>
          <Text size="sm" c="dimmed">
            {t.setupDone(done, steps.length)}
          </Text>
          <Tooltip label={t.dismiss}>
            <CloseButton
              aria-label={t.dismiss}
              onClick={() => {
                keep('checklist', 'hidden')
                hide(true)
              }}
            />
          </Tooltip>
        </>
      }
    >
      <ul className={classes.steps}>
        {steps
          .toSorted((one, other) => Number(one.isDone) - Number(other.isDone))
          .map((step) => (
            <StepRow key={step.id} step={step} />
          ))}
      </ul>
    </Section>
  )
}

function StepRow({ step: { id, isDone, place, search } }: { step: Step }) {
  const t = useTexts(overviewTexts)
  const screen = usePlaces().find(({ path }) => path === place)
  const { title, help } = t.steps[id]
  return (
    <li className={classes.step} data-done={isDone || undefined}>
      <span className={classes.mark}>{isDone && <Icon name="check" size={14} />}</span>
      <div className={classes.words}>
        <Text size="sm" fw={550} {...(isDone && { c: 'dimmed' })}>
          {title} <span className="visually-hidden">({isDone ? t.isDone : t.isOwed})</span>
        </Text>
        {!isDone && (
          <Text size="sm" c="dimmed">
            {help}
          </Text>
        )}
      </div>
      {!isDone && screen && (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`${title}: ${screen.name}`}
          onClick={() => id === 'settings' && keep('settings', 'seen')}
          renderRoot={(props) => <Link to={place} search={(search ?? {}) as never} {...props} />}
        >
          {screen.name}
        </Button>
      )}
    </li>
  )
}
