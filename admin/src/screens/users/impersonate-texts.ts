import { plural, texts } from '../../messages/language.ts'

export const impersonateTexts = texts({
  en: {
    act: 'See as this user',
    title: (name: string) => `See what ${name} sees?`,
    intro: 'Your browser opens the application as this user. You look; their password, devices and data stay out of reach.',
    howLong: (minutes: number) => plural('en', minutes, { one: 'It ends after # minute.', other: 'It ends after # minutes.' }),
    reasonHelp: 'Stands in the audit log. The user reads in their activity that their account was looked at.',
    write: 'Let me change things in the application',
    writeHelp: 'What you do there happens in the user’s name, and the audit log names you.',
    begin: 'Begin',
    begun: 'Your browser now sees what this user sees.',
    ends: 'It ends',
    open: 'Open in a new tab',
  },
  it: {
    act: 'Vedi come questo utente',
    title: (name: string) => `Vedere ciò che vede ${name}?`,
    intro:
      'Il tuo browser apre l’applicazione come questo utente. Puoi guardare; password, dispositivi e dati restano fuori portata.',
    howLong: (minutes: number) => plural('it', minutes, { one: 'Termina dopo # minuto.', other: 'Termina dopo # minuti.' }),
    reasonHelp: 'Resta nel registro. L’utente legge nella sua attività che il suo account è stato guardato.',
    write: 'Permettimi di modificare nell’applicazione',
    writeHelp: 'Ciò che fai lì avviene a nome dell’utente, e il registro riporta il tuo nome.',
    begin: 'Inizia',
    begun: 'Il tuo browser ora vede ciò che vede questo utente.',
    ends: 'Termina',
    open: 'Apri in una nuova scheda',
  },
})
