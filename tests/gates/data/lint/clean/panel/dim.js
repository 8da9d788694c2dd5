export const dim = (level) => level / 2;
