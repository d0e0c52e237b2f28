import { texts } from '../../messages/language.ts'

/** What is said where a user is added. */
export const newUserTexts = texts({
  en: {
    lead: 'They get an account of their own, with the role newcomers have here.',
    identifierHelp: 'A mail address, or a user name or a phone number such as +39 055 123456 where people log in with that here.',
    taken: 'Somebody logs in with this already.',
    invite: 'Invite by mail',
    inviteHelp: 'They choose their password with the link of a mail. Without it you are shown a temporary one.',
    inviteNeedsMail: 'Only a mail address can be invited. You are shown a temporary password.',
    temporary: 'You are shown a temporary password once, which they change as they log in.',
    add: 'Add the user',
    invited: 'The user is added, and the invitation is on its way',
    added: 'The user is added',
    noPassword: 'The user is added, but has no password yet: give a temporary one under Password',
  },
  it: {
    lead: 'Riceve un account proprio, con il ruolo che qui hanno i nuovi arrivati.',
    identifierHelp:
      'Un indirizzo email, oppure un nome utente o un numero di telefono come +39 055 123456, se qui si accede con quelli.',
    taken: 'Qualcuno accede già con questo.',
    invite: 'Invita via email',
    inviteHelp: 'Sceglie la password con il link di un’email. Senza invito ti viene mostrata una password temporanea.',
    inviteNeedsMail: 'Si può invitare solo un indirizzo email. Ti viene mostrata una password temporanea.',
    temporary: 'Ti viene mostrata una volta sola una password temporanea, che cambierà al primo accesso.',
    add: 'Aggiungi l’utente',
    invited: 'L’utente è stato aggiunto e l’invito è in viaggio',
    added: 'L’utente è stato aggiunto',
    noPassword: 'L’utente è stato aggiunto ma non ha ancora una password: danne una temporanea alla voce Password',
  },
})
