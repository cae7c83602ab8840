/**
 * Old AdvertiseKeys messages, properly signed, whose secret keys the attacker knows by now (a device was seized, a memory
 * image leaked): it shows them to the victim as the rest of the cohort. First in a new session, then in one that it
 * opens a second time.
 *
 * Source: the replay attack on signed key exchange, as in Denning and Sacco, "Timestamps in Key Distribution Protocols",
 * CACM 24(8), 1981: a signature does not say when it was made.
 */
import { broken, describeAttack, type Guard, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { cast, Scene, type SceneOptions, VICTIM } from './support/scene.ts'

const HOUR = 3_600_000
const MALICIOUS = { threatModel: 'malicious-server' } as const

/** An aggregation that ended long ago, and what has leaked of it since. */
async function leakedAggregation(lib: Library, options: SceneOptions = {}) {
  const insiders = cast(5).filter(id => id !== VICTIM)
  const scene = new Scene(lib, { parameters: MALICIOUS, insiders, ...options })
  return { scene, advertisements: await scene.advertise() }
}

/** Shows the victim of a new aggregation the advertisements of the old one. */
async function surround(old: Awaited<ReturnType<typeof leakedAggregation>>, options: SceneOptions): Promise<Verdict> {
  const { identities } = old.scene
  const scene = new Scene(old.scene.lib, { parameters: MALICIOUS, identities, ...options })
  const fresh = (await scene.advertise()).get(VICTIM)
  if (fresh === undefined) return scene.verdict(undefined)
  const server = new RogueServer(scene, [fresh, ...[...old.advertisements.values()].slice(1)])
  await server.collectShareKeys([VICTIM])
  await server.collectInputs([VICTIM])
  for (const [id, keys] of old.scene.known) {
    scene.known.set(id, keys)
    server.openSharesOf(id, keys)
  }
  return scene.verdict(await server.sumOf([VICTIM]))
}

function inANewSession(hoursLater: number) {
  return async (lib: Library): Promise<Verdict> => {
    const old = await leakedAggregation(lib)
    const now = Date.now() + hoursLater * HOUR
    return surround(old, { client: () => ({ now: () => now }) })
  }
}

async function inTheSameSession(lib: Library): Promise<Verdict> {
  const sessions = new lib.MemorySessionLog()
  const client = (id: string) => (id === VICTIM ? { sessions } : {})
  const old = await leakedAggregation(lib, { client })
  return surround(old, { session: old.scene.session, client })
}

const sessionGuard: Guard = {
  name: 'the session in what clients sign',
  alone: stopped('bad-signature'),
  patches: [{ file: 'transcript.ts', find: 'writer.fixed(advertisement.session)', replace: '' }],
}

describeAttack({
  title: 'old advertisements in a new session',
  run: inANewSession(2),
  honest: stopped('expired'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    sessionGuard,
    {
      name: 'the expiry in what clients sign',
      alone: stopped('expired'),
      patches: [
        {
          file: 'client/check-roster.ts',
          find: "if (credential.expiry < setup.now()) refuse('expired'",
          replace: "if (false) refuse('expired'",
        },
      ],
    },
  ],
})

describeAttack({
  title: 'advertisements of another session that have not expired',
  run: inANewSession(0.5),
  honest: stopped('bad-signature'),
  unguarded: broken('the input of victim is recovered'),
  guards: [sessionGuard],
})

describeAttack({
  title: 'a session that is opened a second time, before its advertisements expire',
  run: inTheSameSession,
  honest: stopped('session-replayed'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'the log of sessions that a client has seen',
      patches: [
        {
          file: 'client/setup.ts',
          find: 'if (options.sessions !== undefined && !options.sessions.claim(session)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})
