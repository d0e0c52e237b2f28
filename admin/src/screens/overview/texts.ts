import { number, texts } from '../../messages/language.ts'

export const overviewTexts = texts({
  en: {
    title: 'Overview',
    range: 'Days shown',
    days: (days: number) => `${number('en', days)} days`,
    utc: 'Days begin at midnight UTC. A mail counts on the day it was given up, whatever became of it since.',
    charts: {
      logins: 'Logins and failures',
      registrations: 'Registrations',
      activeUsers: 'Active users',
      mailFailures: 'Failed mails',
    },
    series: {
      logins: 'Logins',
      failures: 'Failed logins',
      registrations: 'Registrations',
      activeUsers: 'Active users',
      mailFailures: 'Failed mails',
    },
    most: 'Most on one day',
    day: 'Day',
    asTable: 'As a table',
    asChart: 'As a chart',
    tableNamed: (chart: string) => `${chart} as a table`,
    chartNamed: (chart: string) => `${chart} as a chart`,
    drawn: (chart: string, days: number, parts: string) => `${chart}, ${number('en', days)} days. ${parts}.`,
    loading: 'Loading the chart…',
    offTitle: 'Figures are not kept',
    off: 'Turn on “telemetry” in the options of this server, and logins, registrations and active users are drawn here from then on.',
    setup: 'Before you go live',
    setupDone: (done: number, all: number) => `${number('en', done)} of ${number('en', all)} done`,
    dismiss: 'Hide this list',
    isDone: 'done',
    isOwed: 'to do',
    steps: {
      https: {
        title: 'Serve it over HTTPS',
        help: 'The panel was opened over plain HTTP. Set baseUrl to an https address before people log in.',
      },
      provider: {
        title: 'Set up a mail server',
        help: 'No mail leaves this server yet: links to verify an address or to set a new password go nowhere.',
      },
      test: { title: 'Send yourself a test mail', help: 'Then you know that what people wait for arrives.' },
      owner: {
        title: 'Add a second owner',
        help: 'If the only one loses their password, nobody is left to let them in again.',
      },
      password: {
        title: 'Choose a password of your own',
        help: 'Your account was made with a password somebody else may know.',
      },
      settings: {
        title: 'Look through the settings',
        help: 'Who may register, what a password has to be, what people are told of by mail.',
      },
      people: { title: 'See the first person register', help: 'So far nobody but operators is here.' },
      health: { title: 'Fix what does not work', help: 'Some part of the server reports a fault.' },
    },
  },
  it: {
    title: 'Panoramica',
    range: 'Giorni mostrati',
    days: (days) => `${number('it', days)} giorni`,
    utc: 'I giorni cominciano a mezzanotte UTC. Un’email conta nel giorno in cui è stata abbandonata, qualunque cosa ne sia stato dopo.',
    charts: {
      logins: 'Accessi e tentativi falliti',
      registrations: 'Registrazioni',
      activeUsers: 'Utenti attivi',
      mailFailures: 'Email non consegnate',
    },
    series: {
      logins: 'Accessi',
      failures: 'Accessi falliti',
      registrations: 'Registrazioni',
      activeUsers: 'Utenti attivi',
      mailFailures: 'Email non consegnate',
    },
    most: 'Massimo in un giorno',
    day: 'Giorno',
    asTable: 'Come tabella',
    asChart: 'Come grafico',
    tableNamed: (chart) => `${chart} come tabella`,
    chartNamed: (chart) => `${chart} come grafico`,
    drawn: (chart, days, parts) => `${chart}, ${number('it', days)} giorni. ${parts}.`,
    loading: 'Caricamento del grafico…',
    offTitle: 'Le cifre non vengono conservate',
    off: 'Attiva “telemetry” nelle opzioni di questo server: da quel momento qui vedrai accessi, registrazioni e utenti attivi.',
    setup: 'Prima di andare online',
    setupDone: (done, all) => `${number('it', done)} su ${number('it', all)} fatti`,
    dismiss: 'Nascondi questo elenco',
    isDone: 'fatto',
    isOwed: 'da fare',
    steps: {
      https: {
        title: 'Servire via HTTPS',
        help: 'Il pannello è stato aperto in HTTP semplice. Imposta baseUrl su un indirizzo https prima che qualcuno acceda.',
      },
      provider: {
        title: 'Configurare un server di posta',
        help: 'Nessuna email esce ancora da questo server: i link per verificare un indirizzo o cambiare password non arrivano.',
      },
      test: { title: 'Inviarti un’email di prova', help: 'Così sai che ciò che la gente aspetta arriva davvero.' },
      owner: {
        title: 'Aggiungere un secondo titolare',
        help: 'Se l’unico perde la password, non resta nessuno che possa farlo rientrare.',
      },
      password: {
        title: 'Scegliere una password tua',
        help: 'Il tuo account è nato con una password che qualcun altro può conoscere.',
      },
      settings: {
        title: 'Rivedere le impostazioni',
        help: 'Chi può registrarsi, come dev’essere una password, di che cosa si avvisa per email.',
      },
      people: { title: 'Vedere la prima registrazione', help: 'Finora non c’è nessuno oltre agli operatori.' },
      health: { title: 'Sistemare ciò che non funziona', help: 'Una parte del server segnala un guasto.' },
    },
  },
})

export type OverviewTexts = (typeof overviewTexts)['en']
