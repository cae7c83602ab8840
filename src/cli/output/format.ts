/** 0.9773 as `97.73 %`. */
export function percent(fraction: number, digits: number = 2): string {
  return `${(100 * fraction).toFixed(digits)} %`
}

/** A duration, in three digits or so: `340 ms`, `3.1 s`, `2 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** A size in decimal units: `0 B`, `840 B`, `82.3 kB`, `1.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = -1
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** 20522 as `20,522`, whatever the locale. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1 round`, `2 rounds`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}
