export const lamp = (name: string): number => name.length;
