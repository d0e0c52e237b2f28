import { texts } from '../../messages/language.ts'

/** What the server says of a setting, in words of ours where it has only its own. */
export interface SaidSetting {
  readonly label: string
  readonly summary: string
  /** What it takes, where its type does not say so. */
  readonly takes?: string | undefined
  /** Values that are words, as people read them. */
  readonly values?: Readonly<Record<string, string>>
}

export const settingsTexts = texts({
  en: {
    title: 'Settings',
    lead: 'What can be changed while the server runs. A change holds at once, for everybody.',
    search: 'Name of a setting…',
    groups: { email: 'Addresses' } as Record<string, string>,
    said: {
      'mail.language': {
        label: 'Language',
        summary: 'For readers who have chosen none, and whose browser asks for none of ours',
        values: { en: 'English', it: 'Italian' },
      },
      'password.minLength': { label: 'Minimum length', summary: 'The shortest password that may be set, in characters' },
      'notices.refreshReuse': {
        label: 'Copied session',
        summary: 'Whether people are told of a session that was ended because its credential had been copied',
      },
      'account.grace': {
        label: 'Wait before deletion',
        summary: 'How long a deleted account waits, where there is mail, while a link brings it back; off: it goes at once',
      },
      'email.verification': {
        label: 'Verified addresses',
        summary: 'Who has to have verified their address to be let in',
        values: { none: 'nobody', lazy: 'everybody but newcomers', strict: 'everybody' },
      },
      'email.confirmWith': {
        label: 'Confirm with',
        summary:
          'What an address is verified with: its mail, or the password too, so that nobody confirms what somebody else opened',
        values: { mail: 'the mail', password: 'the mail and the password' },
      },
      'email.grace': { label: 'Newcomers', summary: 'How long somebody counts as a newcomer' },
    } as Record<string, SaidSetting>,
    sources: { setting: 'Set here', option: 'From the options', fixed: 'Fixed', default: 'Default' },
    fixedWhy: 'Fixed in the options of this server: take fixed() away there to change it here.',
    readOnly: 'Your role may look, not change.',
    fallback: (value: string) => `From the options: ${value}`,
    default: (value: string) => `Default: ${value}`,
    reset: 'Reset',
    resetNamed: (label: string) => `Reset ${label}`,
    save: 'Save',
    saveNamed: (label: string) => `Save ${label}`,
    changed: (label: string, before: string, after: string) => `${label}: ${before} → ${after}`,
    on: 'on',
    off: 'off',
    nothing: 'empty',
    other: 'Custom',
    durationHelp: 'A number and a unit: ms, s, m, h or d, such as 14d.',
    range: (least: number | undefined, most: number | undefined) =>
      least !== undefined && most !== undefined
        ? `${least} to ${most}`
        : least !== undefined
          ? `at least ${least}`
          : `at most ${most}`,
    broken: 'This is not JSON.',
    problem: (why: string) => `Nothing can be done with what is set. ${why} Set it again, or reset it.`,
    empty: 'No settings',
    none: 'No setting matches',
  },
  it: {
    title: 'Impostazioni',
    lead: 'Ciò che si può cambiare mentre il server è in funzione. Una modifica vale subito, per tutti.',
    search: 'Nome di un’impostazione…',
    groups: {
      mail: 'Email',
      users: 'Utenti',
      password: 'Password',
      notices: 'Avvisi',
      account: 'Account',
      pages: 'Pagine',
      email: 'Indirizzi',
      sessions: 'Sessioni',
      login: 'Accesso',
      telemetry: 'Telemetria',
    },
    said: {
      'mail.language': {
        label: 'Lingua',
        summary: 'La lingua di chi non ne ha scelta una e il cui browser non ne ha una delle nostre',
        values: { en: 'inglese', it: 'italiano' },
      },
      'users.registration': { label: 'Registrazione', summary: 'Se chiunque può registrarsi' },
      'password.minLength': { label: 'Lunghezza minima', summary: 'La password più corta che si può impostare, in caratteri' },
      'notices.newDevice': {
        label: 'Nuovo dispositivo',
        summary: 'Se si avvisa di un accesso da un dispositivo mai visto prima',
      },
      'notices.passwordChanged': { label: 'Password cambiata', summary: 'Se si avvisa di una password impostata' },
      'notices.refreshReuse': {
        label: 'Sessione copiata',
        summary: 'Se si avvisa di una sessione terminata perché la sua credenziale era stata copiata',
      },
      'account.grace': {
        label: 'Attesa prima della cancellazione',
        summary:
          'Quanto attende un account prima di essere cancellato, dove c’è posta, mentre il link lo recupera; spento: sparisce subito',
      },
      'pages.siteName': {
        label: 'Nome del sito',
        summary: 'Come le pagine chiamano l’applicazione; vuoto: come le email',
        takes: 'una riga di al massimo 60 caratteri',
      },
      'pages.primaryColor': {
        label: 'Colore principale',
        summary: 'Il colore di pulsanti e link; reso più scuro o più chiaro dove il testo non si leggerebbe',
        takes: 'un colore come `#2546d0`',
      },
      'pages.logoUrl': {
        label: 'Logo',
        summary: 'L’immagine accanto al nome nelle pagine; vuoto: la prima lettera del nome',
        takes: 'un percorso della stessa origine come `/logo.svg`',
      },
      'email.verification': {
        label: 'Verifica degli indirizzi',
        summary: 'Chi deve aver verificato il proprio indirizzo per entrare',
        values: { none: 'nessuno', lazy: 'tutti tranne i nuovi arrivati', strict: 'tutti' },
      },
      'email.confirmWith': {
        label: 'Conferma con',
        summary:
          'Con cosa si verifica un indirizzo: la sola email, o anche la password, così che nessuno confermi un account aperto da altri',
        values: { mail: 'la sola email', password: 'l’email e la password' },
      },
      'email.grace': { label: 'Nuovi arrivati', summary: 'Per quanto tempo qualcuno è considerato un nuovo arrivato' },
    },
    sources: { setting: 'Impostato qui', option: 'Dalle opzioni', fixed: 'Fisso', default: 'Predefinito' },
    fixedWhy: 'Fissato nelle opzioni di questo server: togli lì fixed() per cambiarlo qui.',
    readOnly: 'Il tuo ruolo può guardare, non modificare.',
    fallback: (value) => `Dalle opzioni: ${value}`,
    default: (value) => `Predefinito: ${value}`,
    reset: 'Ripristina',
    resetNamed: (label) => `Ripristina ${label}`,
    save: 'Salva',
    saveNamed: (label) => `Salva ${label}`,
    changed: (label, before, after) => `${label}: ${before} → ${after}`,
    on: 'acceso',
    off: 'spento',
    nothing: 'vuoto',
    other: 'Altro',
    durationHelp: 'Un numero e un’unità: ms, s, m, h o d, per esempio 14d.',
    range: (least, most) =>
      least !== undefined && most !== undefined
        ? `da ${least} a ${most}`
        : least !== undefined
          ? `almeno ${least}`
          : `al massimo ${most}`,
    broken: 'Questo non è JSON.',
    problem: (why) => `Ciò che è impostato non si può usare. ${why} Impostalo di nuovo, o ripristina.`,
    empty: 'Nessuna impostazione',
    none: 'Nessuna impostazione corrisponde',
  },
})
