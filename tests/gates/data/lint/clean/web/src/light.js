export function light(on) {
  return on ? "on" : "off";
}
