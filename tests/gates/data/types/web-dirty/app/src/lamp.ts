export const lamp: number = "desk";
const shade = { colour: 1 };
export const plain: { colour: string } = shade;
