const unused = 1;
let level = 2;
export const dim = () => level / 2;
