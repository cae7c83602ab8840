import { PositionSet } from 'secagg/secagg'
import { bytesOf } from './samples.mjs'

export const flip = (bytes, at = 0) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
export const without = (set, position) =>
  PositionSet.of(
    set.size,
    [...set].filter(member => member !== position),
  )
export const plus = (set, position) => PositionSet.of(set.size, [...set, position])
export const LOW_ORDER = new Uint8Array(32)
/** A good public key that is nobody's. */
export const keyOf = label => bytesOf(label).map((byte, i) => (i === 31 ? byte & 0x7f : byte))

export const byClient = (step, name, code, alter, more = {}) => refusal('client', step, name, code, alter, more)
export const byServer = (step, name, code, alter, more = {}) => refusal('server', step, name, code, alter, more)

function refusal(by, step, name, code, alter, more) {
  return { name, by, alter: Array.isArray(alter) ? alter : [alter], ...more, refused: { step, code } }
}

/** Replaces one entry of a roster; `whose` is an index that is not the recipient's, or `own`. */
export function rosterWith(recording, roster, whose, change) {
  const { entries, position } = roster.message
  const target = whose === 'own' ? position : entries.filter(entry => entry.position !== position)[whose].position
  return recording.change(roster, {
    entries: entries.map(entry => (entry.position === target ? { ...entry, ...change(entry) } : entry)),
  })
}

/** Another recorded message in the place of this one. */
export function swapped(recording, { index }, { index: instead }) {
  return { message: index, frame: recording.aggregation.messages[instead].frame }
}

/** The earlier one of two clients' messages again, in the place of the later one. */
export function twice(recording, type, ...ids) {
  const [earlier, later] = ids.map(id => recording.find(type, id)).sort((a, b) => a.index - b.index)
  return swapped(recording, later, earlier)
}

export function smaller(set) {
  return PositionSet.of(
    set.size - 1,
    [...set].filter(member => member < set.size - 1),
  )
}

export function neighbourOf(recording, id, set) {
  const { entries, position } = recording.find('Roster', id).message
  return entries.map(entry => entry.position).find(place => place !== position && set.has(place))
}

/** A place whose client never shared its keys. */
export function strangerTo(recording, id) {
  const { sharers } = recording.find('ShareDelivery', id).message
  return Array.from({ length: sharers.size }, (_, place) => place).find(place => !sharers.has(place))
}

/** Everybody's message of one type is lost but that of a few. */
export function losing(recording, type, ...kept) {
  return recording.messages
    .filter(({ message, direction, client }) => direction === 'up' && message.type === type && !kept.includes(client))
    .map(message => recording.lose(message))
}
