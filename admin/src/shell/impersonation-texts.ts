import { texts } from '../messages/language.ts'

export const impersonationTexts = texts({
  en: {
    area: 'What you see as somebody else',
    as: 'You see the application as',
    until: (time: string) => `until ${time}`,
    mayChange: 'What you change there happens in their name.',
    stop: 'Stop',
    stopped: 'You see nothing as somebody else any more',
  },
  it: {
    area: 'Ciò che vedi come un’altra persona',
    as: 'Vedi l’applicazione come',
    until: (time) => `fino alle ${time}`,
    mayChange: 'Ciò che modifichi lì avviene a suo nome.',
    stop: 'Termina',
    stopped: 'Non vedi più nulla come un’altra persona',
  },
})
