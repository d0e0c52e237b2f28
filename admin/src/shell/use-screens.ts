import { useOperator } from '../data/operator.tsx'
import { useLanguage } from '../messages/use-texts.tsx'
import { screens } from '../screens/index.ts'

/** The screens this operator can open in this house, with their names. */
export function useScreens() {
  const { may, has } = useOperator()
  const { language } = useLanguage()
  return screens
    .filter(({ right, feature }) => may(right) && has(feature))
    .map((screen) => ({ ...screen, name: screen.label[language] }))
}
