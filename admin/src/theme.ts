import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const lake: MantineColorsTuple = [
  '#edf6f9',
  '#d9eaf1',
  '#b1d4e2',
  '#87bdd3',
  '#63a9c6',
  '#4a9dbe',
  '#37839f',
  '#2a6f88',
  '#215a6f',
  '#184656',
]

/** Greys with a breath of the same blue. */
const dark: MantineColorsTuple = [
  '#dfe5e9',
  '#b8c2c9',
  '#9aa6ae',
  '#7d8a93',
  '#414c54',
  '#333d44',
  '#20272b',
  '#1a1f23',
  '#14181b',
  '#0f1214',
]

const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif'

/** Calm and dense: one colour, small type, fonts of the system. */
export const theme = createTheme({
  colors: { lake, dark },
  primaryColor: 'lake',
  primaryShade: { light: 7, dark: 7 },
  fontFamily: family,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: {
    fontFamily: family,
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1.05rem' }, h3: { fontSize: '0.95rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm', fw: 550 } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', allowDeselect: false } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'lg',
        overlayProps: { backgroundOpacity: 0.45 },
        transitionProps: { duration: 120 },
      },
    },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 500 } },
    // A page has one banner, and a dialog is none.
    ModalHeader: { defaultProps: { role: 'none' } },
    // A menu has items and nothing else (WAI-ARIA 1.2, menu): the first of them has the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Tabs: { defaultProps: { keepMounted: false } },
  },
})

/** What the library's own greys lack in contrast (WCAG 2.2, 1.4.3). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-red-filled': '#b42318',
    '--mantine-color-red-filled-hover': '#971c12',
    '--mantine-color-body': '#fbfcfd',
    '--mantine-color-text': '#1a2329',
    '--mantine-color-dimmed': '#56626b',
    '--mantine-color-placeholder': '#6b7680',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#215a6f',
    '--mantine-color-disabled': '#eceff2',
    '--mantine-color-disabled-color': '#67727b',
    '--mantine-color-default-border': '#dde3e8',
    '--mantine-color-teal-light': '#e2f4ed',
    '--mantine-color-teal-light-color': '#0a5f45',
    '--mantine-color-red-light': '#fdebe9',
    '--mantine-color-red-light-color': '#a3211a',
    '--mantine-color-orange-light': '#fdf0dd',
    '--mantine-color-orange-light-color': '#8a4b08',
    '--mantine-color-gray-light-color': '#4b565e',
    '--panel-surface': '#ffffff',
    '--panel-code-text': '#0a5f45',
    '--panel-code-value': '#8a4b08',
    '--panel-line': '#e6eaee',
    '--panel-hover': '#f2f6f8',
    '--panel-selected': '#e6f1f5',
  },
  dark: {
    '--mantine-color-red-filled': '#b42318',
    '--mantine-color-red-filled-hover': '#c9362a',
    '--mantine-color-body': '#14181b',
    '--mantine-color-text': '#dfe5e9',
    '--mantine-color-dimmed': '#9aa6ae',
    '--mantine-color-placeholder': '#8d99a1',
    '--mantine-color-error': '#ff9c92',
    '--mantine-color-anchor': '#87bdd3',
    '--mantine-color-disabled-color': '#8d99a1',
    '--mantine-color-default': '#1d2327',
    '--mantine-color-default-hover': '#262d32',
    '--mantine-color-default-border': '#374046',
    '--mantine-color-teal-light': '#15352c',
    '--mantine-color-teal-light-color': '#8fdcc0',
    '--mantine-color-red-light': '#3c1f1e',
    '--mantine-color-red-light-color': '#ffb3ab',
    '--mantine-color-orange-light': '#3a2a15',
    '--mantine-color-orange-light-color': '#f3c586',
    '--mantine-color-gray-light': '#2a3237',
    '--mantine-color-gray-light-color': '#b8c2c9',
    '--panel-surface': '#1a1f23',
    '--panel-code-text': '#8fdcc0',
    '--panel-code-value': '#f3c586',
    '--panel-line': '#2a3136',
    '--panel-hover': '#20272b',
    '--panel-selected': '#1c313a',
  },
})
