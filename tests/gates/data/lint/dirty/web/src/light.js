export function light(on) {
  if (on == 1) {
    debugger;
  }
    return on;
}
