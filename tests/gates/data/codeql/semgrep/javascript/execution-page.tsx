// Markup in React.
export function Comment({ text }: { text: string }) {
  // ruleid: lockstep-javascript-unsafe-html
  const first = <p dangerouslySetInnerHTML={{ __html: text }} />;
  // ok: lockstep-javascript-unsafe-html
  const second = <p dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(text) }} />;
  // ok: lockstep-javascript-unsafe-html
  const third = <p>{text}</p>;
  return [first, second, third];
}
