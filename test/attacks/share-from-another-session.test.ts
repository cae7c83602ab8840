/**
 * Shares of one aggregation turn up in another. First a client hands in old ones. Then the server, which knows a client's
 * self-mask seed since that client survived the first aggregation, delivers its old ciphertexts in a second one, says that
 * it dropped out, and is given the shares of its old mask key.
 *
 * Source: Bonawitz et al., CCS 2017, section 4, taken across aggregations: nobody gives both shares in one session,
 * so the server asks in two.
 */
import type { ClientMessage } from '../../src/secagg/messages/message.ts'
import { broken, describeAttack, harmless, type Library, stopped, type Verdict } from './support/attack.ts'
import { RogueServer } from './support/rogue-server.ts'
import { aggregate } from './support/run.ts'
import { Scene, VICTIM } from './support/scene.ts'

const MALLORY = 'peer5'

async function handInOldShares(lib: Library): Promise<Verdict> {
  /** Everybody has the same place in both, so that the old shares are of the right dealers. */
  const options = { random: (length: number) => new Uint8Array(length).fill(5) }
  let old: ClientMessage | undefined
  const first = {
    up(message: ClientMessage) {
      if (isMallorys(message)) old = message
      return [message]
    },
  }
  await aggregate(new Scene(lib), first, options)
  const scene = new Scene(lib)
  const second = {
    up: (message: ClientMessage) => [isMallorys(message) ? { ...old!, session: scene.session } : message],
    first: MALLORY,
  }
  return (await aggregate(scene, second, options)).verdict
}

function isMallorys(message: ClientMessage): boolean {
  return message.type === 'Unmasking' && message.sender === MALLORY
}

describeAttack({
  title: 'old shares that a client hands in',
  run: handInOldShares,
  honest: harmless('the sum is right, 5 shares set aside'),
  unguarded: broken('a wrong sum is accepted'),
  guards: [
    {
      name: 'the commitment to every share',
      alone: harmless('the sum is right, 5 shares set aside'),
      patches: [
        { file: 'server/unmasking.ts', find: ' || !this.#isCommitted(dealer, holder, kind, share)', replace: '' },
      ],
    },
    {
      name: 'the check of every secret against what its owner published',
      alone: stopped('inconsistent-shares'),
      patches: [
        {
          file: 'server/remove-masks.ts',
          find: 'if (!isPublished(survival, dealer, secret)) {',
          replace: 'if (false) {',
        },
      ],
    },
  ],
})

async function deliverOldCiphertexts(lib: Library): Promise<Verdict> {
  const parameters = { threatModel: 'malicious-server' } as const
  const first = new Scene(lib, { parameters })
  const old = new RogueServer(first, (await first.advertise()).values())
  await old.collectShareKeys()
  await old.collectInputs()
  await old.collectConfirmations(old.ids, () => old.ids)
  await old.collectShares(old.ids, id => old.request(id, old.ids, [], old.ids))

  const second = new Scene(lib, { parameters, identities: first.identities })
  const server = new RogueServer(second, (await second.advertise()).values())
  const others = server.allBut(VICTIM)
  await server.collectShareKeys()
  await server.collectInputs(others, to =>
    server.delivery(to, server.ids, (from, holder) => (from === VICTIM ? old : server).ciphertext(from, holder)),
  )
  await server.collectConfirmations(others, () => others)
  await server.collectShares(others, id => server.request(id, others, [VICTIM], others))
  for (const id of others) {
    const share = server.share(VICTIM, 'maskKey', id)
    if (share !== undefined) old.keep(VICTIM, 'maskKey', id, share)
  }
  return first.verdict(await old.sumOf([VICTIM]))
}

describeAttack({
  title: 'old ciphertexts that the server delivers',
  run: deliverOldCiphertexts,
  honest: harmless('the attacker computes noise'),
  unguarded: broken('the input of victim is recovered'),
  guards: [
    {
      name: 'encryption keys that are fresh for each aggregation',
      alone: harmless('the attacker computes noise'),
      patches: [
        {
          file: 'client/advertise-keys.ts',
          find: 'const encryption = generateKeyPair(setup.random)',
          replace:
            'const encryption = generateKeyPair(length => new Uint8Array(length).fill(setup.id.charCodeAt(setup.id.length - 1)))',
        },
      ],
    },
    {
      name: 'T1 in the share key',
      alone: harmless('the attacker computes noise'),
      patches: [
        {
          file: 'primitives/kdf.ts',
          find: "return roundKey(dh, t1, 'share'",
          replace: "return roundKey(dh, new Uint8Array(32), 'share'",
        },
      ],
    },
    {
      name: 'T1 in what a ciphertext authenticates',
      alone: harmless('the attacker computes noise'),
      patches: [
        { file: 'transcript.ts', find: /writer\.fixed\(t1\)\s+writer\.text8\(from\)/, replace: 'writer.text8(from)' },
      ],
    },
  ],
})
