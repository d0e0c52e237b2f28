import { plural, texts } from '../../messages/language.ts'

export const sessionsTexts = texts({
  en: {
    title: 'Sessions',
    lead: 'Every device that is logged in right now. What is logged out here is out on its next request.',
    device: 'Device',
    user: 'User',
    address: 'Address',
    active: 'Last active',
    began: 'Logged in',
    ends: 'Ends',
    filterIp: 'Address begins with…',
    filterUser: 'Id of a user…',
    revoke: 'Log out',
    revokeNamed: (device: string) => `Log out ${device}`,
    confirmTitle: (count: number) => plural('en', count, { one: 'Log this device out?', other: 'Log # devices out?' }),
    confirmBody: 'Whoever uses it has to log in again. Nothing else changes.',
    done: (count: number) => plural('en', count, { one: 'The device is logged out', other: '# devices are logged out' }),
    empty: 'Nobody is logged in',
    emptyHelp: 'As soon as somebody logs in, their device stands here.',
  },
  it: {
    title: 'Sessioni',
    lead: 'Tutti i dispositivi collegati in questo momento. Chi viene disconnesso qui è fuori alla richiesta successiva.',
    device: 'Dispositivo',
    user: 'Utente',
    address: 'Indirizzo',
    active: 'Ultima attività',
    began: 'Accesso',
    ends: 'Scade',
    filterIp: 'L’indirizzo inizia con…',
    filterUser: 'Id di un utente…',
    revoke: 'Disconnetti',
    revokeNamed: (device) => `Disconnetti ${device}`,
    confirmTitle: (count) =>
      plural('it', count, { one: 'Disconnettere questo dispositivo?', other: 'Disconnettere # dispositivi?' }),
    confirmBody: 'Chi lo usa dovrà accedere di nuovo. Non cambia nient’altro.',
    done: (count) =>
      plural('it', count, { one: 'Il dispositivo è stato disconnesso', other: '# dispositivi sono stati disconnessi' }),
    empty: 'Nessuno è collegato',
    emptyHelp: 'Appena qualcuno accede, il suo dispositivo compare qui.',
  },
})
